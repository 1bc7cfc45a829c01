import client.JangoMailLocator;
import client.JangoMailSoap_PortType;
import java.net.URL;
import org.apache.axis.AxisEngine;
import org.apache.axis.AxisFault;
import org.w3c.dom.Element;

/** The proxy that Axis 1.4's WSDL2Java makes. */
public final class Axis implements Api {
    private final JangoMailSoap_PortType service;
    private final String user;
    private final String password;

    private Axis(String url, String user, String password) throws Exception {
        JangoMailLocator locator = new JangoMailLocator();
        // In UTF-8 Axis 1.4 writes a character beyond U+FFFF as references to its halves, which is no XML.
        locator.getEngine().setOption(AxisEngine.PROP_XML_ENCODING, "UTF-16");
        service = locator.getJangoMailSoap(new URL(url));
        this.user = user;
        this.password = password;
    }

    public static void main(String[] arguments) throws Exception {
        Families.run(new Axis(arguments[0], arguments[1], arguments[2]), arguments);
    }

    public String authenticateUser(String password) throws Exception {
        return service.authenticateUser(user, password);
    }

    public String createAccount(String first, String name, String address, String token) throws Exception {
        return service.createAccount(first, "", name, address, "", "", token);
    }

    public String addGroup(String group) throws Exception {
        return service.addGroup(user, password, group);
    }

    public String renameGroup(String old, String name) throws Exception {
        return service.groups_Rename(user, password, old, name);
    }

    public String deleteGroup(String group) throws Exception {
        return service.deleteGroupByName(user, password, group);
    }

    public String listGroups(String row, String column, String qualifier) throws Exception {
        return service.groups_GetList_String(user, password, row, column, qualifier);
    }

    public String addField(String group, String field) throws Exception {
        return service.addGroupField(user, password, group, field);
    }

    public String addMember(String group, String address, String[] fields, String[] values) throws Exception {
        return service.addGroupMember(user, password, group, address, fields, values);
    }

    public int countMembers(String group) throws Exception {
        return service.getGroupMemberCount(user, password, group);
    }

    public boolean isMember(String group, String address) throws Exception {
        return service.isMemberInGroup(user, password, group, address);
    }

    public String editMember(String group, String address, String field, String value) throws Exception {
        return service.groups_EditMember_ByAddress(user, password, group, address, field, value);
    }

    public String members(String group, String row, String column, String qualifier) throws Exception {
        return service.groups_GetMembers_String(user, password, group, row, column, qualifier);
    }

    public String importMembers(String group, String fields, String data, String column, String row, String qualifier)
        throws Exception {
        return service.importGroupMembersFromData(user, password, group, fields, data, column, row, qualifier);
    }

    public String addBounce(String address) throws Exception {
        return service.addBounce(user, password, address);
    }

    public String checkBounce(String address) throws Exception {
        return service.checkBounce(user, password, address);
    }

    public String deleteBounce(String address) throws Exception {
        return service.deleteBounce(user, password, address);
    }

    public String listBounces(String since) throws Exception {
        return service.getBounceListNormal(user, password, since);
    }

    public String addUnsubscribe(String address) throws Exception {
        return service.addUnsubscribe(user, password, address);
    }

    public String checkUnsubscribe(String address) throws Exception {
        return service.checkUnsubscribe(user, password, address);
    }

    public String deleteUnsubscribe(String address) throws Exception {
        return service.deleteUnsubscribe(user, password, address);
    }

    public String listUnsubscribes(String since) throws Exception {
        return service.getUnsubscribeList(user, password, since);
    }

    public String sendMassEmail(String from, String name, String to, String subject, String text) throws Exception {
        return service.sendMassEmail(user, password, from, name, "", "", to, "", subject, text, "", "");
    }

    public String sendMassEmailRaw(String from, String name, String to, String subject, String raw) throws Exception {
        return service.sendMassEmailRaw(user, password, from, name, "", "", to, "", subject, raw, "", "");
    }

    public String sendMassEmailPrevious(int job, String to) throws Exception {
        return service.sendMassEmailPrevious(user, password, job, "", "", to, "");
    }

    public int[] massEmailReport(int job) throws Exception {
        return service.getMassEmailReport(user, password, job);
    }

    public String deleteMassEmail(int job) throws Exception {
        return service.deleteMassEmail(user, password, job);
    }

    public String addTransactionalGroup(String group) throws Exception {
        return service.addTransactionalGroup(user, password, group);
    }

    public String renameTransactionalGroup(String old, String name) throws Exception {
        return service.transactionalGroups_Rename(user, password, old, name);
    }

    public String transactionalGroupId(String group) throws Exception {
        return service.getTransactionalGroupID(user, password, group);
    }

    public String deleteTransactionalGroup(String group) throws Exception {
        return service.deleteTransactionalGroup(user, password, group);
    }

    public String sendTransactionalEmail(String from, String name, String to, String subject, String text, String html, String options)
        throws Exception {
        return service.sendTransactionalEmail(user, password, from, name, to, subject, text, html, options);
    }

    public String transactionalLog(long number) throws Exception {
        return service.reports_GetSMTPLog_Transactional(user, password, number);
    }

    public String campaignLog(int job, String address) throws Exception {
        return service.reports_GetSMTPLog(user, password, job, address);
    }

    public String logByAddress(String address) throws Exception {
        return service.reports_GetSMTPLog_ByAddress(user, password, "", address, "", "");
    }

    public String recipients(int job) throws Exception {
        return service.reports_GetRecipients_String(user, password, job);
    }

    public Element membersXml(String group) throws Exception {
        return service.groups_GetMembers_XML(user, password, group).get_any()[0];
    }

    public Element recipientsXml(int job) throws Exception {
        return service.reports_GetRecipients_XML(user, password, job).get_any()[0];
    }

    public Element transactionalRecipientsXml() throws Exception {
        return service.reports_Transactional_GetRecipients_XML(user, password, "", "", "").get_any()[0];
    }

    public Element membersDataSet(String group) throws Exception {
        return service.groups_GetMembers_DataSet(user, password, group).get_any()[1];
    }

    public Element campaignsDataSet() throws Exception {
        return service.reports_GetMassEmailInformation_DataSet(user, password, "", "", "", "").get_any()[1];
    }

    public String nameOf(Exception fault) {
        return ((AxisFault) fault).getFaultString().split(":")[0];
    }
}
