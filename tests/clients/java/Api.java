import org.w3c.dom.Element;

/** What Families calls, by the proxy of one toolkit; each method is the operation of its name, with the login added. */
interface Api {
    String authenticateUser(String password) throws Exception;
    String createAccount(String first, String name, String address, String token) throws Exception;
    String addGroup(String group) throws Exception;
    String renameGroup(String old, String name) throws Exception;
    String deleteGroup(String group) throws Exception;
    String listGroups(String row, String column, String qualifier) throws Exception;
    String addField(String group, String field) throws Exception;
    String addMember(String group, String address, String[] fields, String[] values) throws Exception;
    int countMembers(String group) throws Exception;
    boolean isMember(String group, String address) throws Exception;
    String editMember(String group, String address, String field, String value) throws Exception;
    String members(String group, String row, String column, String qualifier) throws Exception;
    String importMembers(String group, String fields, String data, String column, String row, String qualifier) throws Exception;
    String addBounce(String address) throws Exception;
    String checkBounce(String address) throws Exception;
    String deleteBounce(String address) throws Exception;
    String listBounces(String since) throws Exception;
    String addUnsubscribe(String address) throws Exception;
    String checkUnsubscribe(String address) throws Exception;
    String deleteUnsubscribe(String address) throws Exception;
    String listUnsubscribes(String since) throws Exception;
    String sendMassEmail(String from, String name, String to, String subject, String text) throws Exception;
    String sendMassEmailRaw(String from, String name, String to, String subject, String raw) throws Exception;
    String sendMassEmailPrevious(int job, String to) throws Exception;
    int[] massEmailReport(int job) throws Exception;
    String deleteMassEmail(int job) throws Exception;
    String addTransactionalGroup(String group) throws Exception;
    String renameTransactionalGroup(String old, String name) throws Exception;
    String transactionalGroupId(String group) throws Exception;
    String deleteTransactionalGroup(String group) throws Exception;
    String sendTransactionalEmail(String from, String name, String to, String subject, String text, String html, String options)
        throws Exception;
    String transactionalLog(long number) throws Exception;
    String campaignLog(int job, String address) throws Exception;
    String logByAddress(String address) throws Exception;
    String recipients(int job) throws Exception;

    /** The document of an XML report. */
    Element membersXml(String group) throws Exception;
    Element recipientsXml(int job) throws Exception;
    Element transactionalRecipientsXml() throws Exception;

    /** The DiffGram of a DataSet. */
    Element membersDataSet(String group) throws Exception;
    Element campaignsDataSet() throws Exception;

    /** The exception's name in a fault. */
    String nameOf(Exception fault) throws Exception;
}
