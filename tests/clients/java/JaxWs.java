import client.ArrayOfString;
import client.JangoMail;
import client.JangoMailSoap;
import java.util.Arrays;
import javax.xml.soap.SOAPFault;
import javax.xml.ws.soap.SOAPFaultException;
import org.w3c.dom.Element;

/** The proxy that wsimport makes. Arguments: 1 or 2, for SOAP 1.1 or 1.2, and those of Families. */
public final class JaxWs implements Api {
    private final JangoMailSoap service;
    private final String user;
    private final String password;

    private JaxWs(String version, String user, String password) {
        service = version.equals("2") ? new JangoMail().getJangoMailSoap12() : new JangoMail().getJangoMailSoap();
        this.user = user;
        this.password = password;
    }

    public static void main(String[] arguments) {
        String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
        Families.run(new JaxWs(arguments[0], rest[1], rest[2]), rest);
    }

    private static ArrayOfString array(String... values) {
        ArrayOfString array = new ArrayOfString();
        array.getString().addAll(Arrays.asList(values));
        return array;
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
        return service.groupsRename(user, password, old, name);
    }

    public String deleteGroup(String group) throws Exception {
        return service.deleteGroupByName(user, password, group);
    }

    public String listGroups(String row, String column, String qualifier) throws Exception {
        return service.groupsGetListString(user, password, row, column, qualifier);
    }

    public String addField(String group, String field) throws Exception {
        return service.addGroupField(user, password, group, field);
    }

    public String addMember(String group, String address, String[] fields, String[] values) throws Exception {
        return service.addGroupMember(user, password, group, address, array(fields), array(values));
    }

    public int countMembers(String group) throws Exception {
        return service.getGroupMemberCount(user, password, group);
    }

    public boolean isMember(String group, String address) throws Exception {
        return service.isMemberInGroup(user, password, group, address);
    }

    public String editMember(String group, String address, String field, String value) throws Exception {
        return service.groupsEditMemberByAddress(user, password, group, address, field, value);
    }

    public String members(String group, String row, String column, String qualifier) throws Exception {
        return service.groupsGetMembersString(user, password, group, row, column, qualifier);
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
        return service.getMassEmailReport(user, password, job).getInt().stream().mapToInt(Integer::intValue).toArray();
    }

    public String deleteMassEmail(int job) throws Exception {
        return service.deleteMassEmail(user, password, job);
    }

    public String addTransactionalGroup(String group) throws Exception {
        return service.addTransactionalGroup(user, password, group);
    }

    public String renameTransactionalGroup(String old, String name) throws Exception {
        return service.transactionalGroupsRename(user, password, old, name);
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
        return service.reportsGetSMTPLogTransactional(user, password, number);
    }

    public String campaignLog(int job, String address) throws Exception {
        return service.reportsGetSMTPLog(user, password, job, address);
    }

    public String logByAddress(String address) throws Exception {
        return service.reportsGetSMTPLogByAddress(user, password, "", address, "", "");
    }

    public String recipients(int job) throws Exception {
        return service.reportsGetRecipientsString(user, password, job);
    }

    public Element membersXml(String group) throws Exception {
        return (Element) service.groupsGetMembersXML(user, password, group).getContent().get(0);
    }

    public Element recipientsXml(int job) throws Exception {
        return (Element) service.reportsGetRecipientsXML(user, password, job).getContent().get(0);
    }

    public Element transactionalRecipientsXml() throws Exception {
        return (Element) service.reportsTransactionalGetRecipientsXML(user, password, "", "", "").getContent().get(0);
    }

    public Element membersDataSet(String group) throws Exception {
        return (Element) service.groupsGetMembersDataSet(user, password, group).getAny();
    }

    public Element campaignsDataSet() throws Exception {
        return (Element) service.reportsGetMassEmailInformationDataSet(user, password, "", "", "", "").getAny();
    }

    public String nameOf(Exception exception) throws Exception {
        SOAPFault fault = ((SOAPFaultException) exception).getFault();
        String name = fault.getDetail().getElementsByTagNameNS("*", "Name").item(0).getTextContent();
        return fault.getFaultString().startsWith(name + ": ") ? name : fault.getFaultString();
    }
}
