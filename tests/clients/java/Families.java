import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** Calls every family of operations. Arguments of run(): URL USER PASSWORD TEXT WORD JOB ID TOKEN (README.md). */
final class Families {
    private static final String FROM = "shop@sender.example.test";
    private static final Pattern SUCCESS = Pattern.compile("0\nSUCCESS\n([0-9]+)");

    private interface Check {
        void run() throws Exception;
    }

    private final Api api;
    private final String user;
    private final String password;
    private final String text;
    private final String word;
    private final String group;
    private final String member;
    private final int job;
    private final long number;
    private final String token;

    private Families(Api api, String[] arguments) {
        this.api = api;
        user = arguments[1];
        password = arguments[2];
        text = arguments[3];
        word = arguments[4];
        group = text + " " + word;
        member = word + "@recipient.example.test";
        job = Integer.parseInt(arguments[5]);
        number = Long.parseLong(arguments[6]);
        token = arguments[7];
    }

    static void run(Api api, String[] arguments) {
        Families families = new Families(api, arguments);
        Map<String, Check> checks = new LinkedHashMap<>();
        checks.put("login", families::login);
        checks.put("accounts", families::accounts);
        checks.put("groups", families::groups);
        checks.put("members", families::members);
        checks.put("import", families::importing);
        checks.put("lists", families::lists);
        checks.put("campaigns", families::campaigns);
        checks.put("transactional", families::transactional);
        checks.put("smtplog", families::smtpLog);
        checks.put("string", families::string);
        checks.put("xml", families::xml);
        checks.put("dataset", families::dataSet);
        checks.forEach((family, check) -> {
            try {
                check.run();
                System.out.println(family + " ok");
            } catch (Exception | AssertionError error) {
                System.out.println((family + " FAILED: " + error).replace('\n', ' '));
            }
        });
    }

    private static void same(Object got, Object want) {
        if (!got.equals(want))
            throw new AssertionError("'" + got + "' is not '" + want + "'");
    }

    private static void contains(String whole, String part) {
        if (!whole.contains(part))
            throw new AssertionError("'" + part + "' is not in '" + whole + "'");
    }

    private static String id(String answer) {
        Matcher match = SUCCESS.matcher(answer);
        if (!match.matches())
            throw new AssertionError(answer);
        return match.group(1);
    }

    private void fault(String name, Callable<?> call) throws Exception {
        try {
            call.call();
        } catch (Exception fault) {
            same(api.nameOf(fault), name);
            return;
        }
        throw new AssertionError("no fault: " + name);
    }

    private void login() throws Exception {
        id(api.authenticateUser(password));
        fault("InvalidLoginException", () -> api.authenticateUser("wrong"));
    }

    private void accounts() throws Exception {
        String address = "account-" + member;
        id(api.createAccount(text, group + " c", address, token));
        fault("DuplicateUsernameException", () -> api.createAccount(text, user, address, token));
    }

    private void groups() throws Exception {
        String made = id(api.addGroup(group + " a"));
        // A name of ASCII: Axis loses a fault with a character beyond U+FFFF.
        id(api.addGroup(word));
        fault("DuplicateGroupNameException", () -> api.addGroup(word));
        same(id(api.renameGroup(group + " a", group + " b")), made);
        contains("|r|" + api.listGroups("|r|", "|c|", "~") + "|r|", "|r|~" + made + "~|c|~" + group + " b~|c|~0~|r|");
        same(id(api.deleteGroup(group + " b")), made);
    }

    private void members() throws Exception {
        String own = group + " m";
        String address = "one-" + member;
        id(api.addGroup(own));
        id(api.addField(own, "Größe"));
        id(api.addMember(own, address, new String[] {"Name", "Größe"}, new String[] {"Ann", text}));
        same(api.countMembers(own), 1);
        same(api.isMember(own, address), true);
        same(api.isMember(own, member), false);
        id(api.editMember(own, address, "Name", text + " 2"));
        same(api.members(own, "|r|", "|c|", "~"), "~" + address + "~|c|~" + text + "~|c|~" + text + " 2~");
    }

    private void importing() throws Exception {
        String own = group + " i";
        id(api.addGroup(own));
        String data = "first-" + member + ",~" + text + "~\nsecond-" + member + ",2";
        id(api.importMembers(own, "EmailAddress,Größe", data, ",", "\n", "~"));
        same(api.members(own, "|r|", "|c|", "~"), "~first-" + member + "~|c|~" + text + "~|r|~second-" + member + "~|c|~2~");
        fault("InvalidEmailAddressException", () -> api.importMembers(own, "EmailAddress", "nobody", ",", "\n", "~"));
    }

    private void lists() throws Exception {
        String bounced = "Bounce-" + member;
        String bounce = id(api.addBounce(bounced));
        same(api.checkBounce(bounced), "0\nSUCCESS");
        contains(api.listBounces("") + "\n", "\n" + bounced + "\n");
        same(id(api.deleteBounce(bounced)), bounce);
        same(api.checkBounce(bounced), "3\nNot Found");
        String left = "Unsubscribe-" + member;
        String unsubscribe = id(api.addUnsubscribe(left));
        same(api.checkUnsubscribe(left), "0\nSUCCESS");
        contains(api.listUnsubscribes("") + "\n", "\n" + left + "\n");
        same(id(api.deleteUnsubscribe(left)), unsubscribe);
        same(api.checkUnsubscribe(left), "3\nNot Found");
    }

    private void campaigns() throws Exception {
        int sent = Integer.parseInt(id(api.sendMassEmail(FROM, text, "campaign-" + member, text, text)));
        int again = Integer.parseInt(id(api.sendMassEmailPrevious(sent, "again-" + member)));
        int raw = Integer.parseInt(id(api.sendMassEmailRaw(FROM, text, "raw-" + member, text, text)));
        same(sent == again || again == raw, false);
        same(Arrays.toString(api.massEmailReport(sent)), "[1, 0, 0, 0, 0, 0, 0, 0]");
        int gone = Integer.parseInt(id(api.sendMassEmail(FROM, text, "gone-" + member, text, text)));
        same(id(api.deleteMassEmail(gone)), Integer.toString(gone));
        fault("CampaignNotFoundException", () -> api.massEmailReport(gone));
    }

    private void transactional() throws Exception {
        String made = id(api.addTransactionalGroup(group + " t"));
        same(id(api.renameTransactionalGroup(group + " t", group + " u")), made);
        same(id(api.transactionalGroupId(group + " u")), made);
        id(api.sendTransactionalEmail(FROM, text, "order-" + member, text, text, "<p>" + word + "</p>", "TransactionalGroupID=" + made));
        String other = id(api.addTransactionalGroup(group + " v"));
        same(id(api.deleteTransactionalGroup(group + " v")), other);
    }

    private void smtpLog() throws Exception {
        String log = api.transactionalLog(number);
        contains(log, "<TransactionalID>" + number + "</TransactionalID>");
        contains(log, "RCPT TO:&lt;" + member + "&gt;");
        contains(api.campaignLog(job, member), "> RCPT TO:<" + member + ">");
        contains(api.logByAddress(member), "<TransactionalID>" + number + "</TransactionalID>");
    }

    private void string() throws Exception {
        same(api.members(group, "|r|", "|c|", "~"), "~" + member + "~|c|~" + text + "~");
        same(api.recipients(job), member);
    }

    /** The value of a row's column, of the row that has `key` in column `named`. */
    private static String cell(Element document, String table, String named, String key, String column) {
        for (Node row : rows(document, table)) {
            if (value(row, named).equals(key))
                return value(row, column);
        }
        throw new AssertionError("no " + table + " with " + named + " " + key);
    }

    private static List<Node> rows(Node node, String table) {
        List<Node> found = new ArrayList<>();
        for (Node each = node.getFirstChild(); each != null; each = each.getNextSibling()) {
            if (table.equals(each.getLocalName()))
                found.add(each);
            found.addAll(rows(each, table));
        }
        return found;
    }

    /** Only what Axis's own elements can do. */
    private static String value(Node row, String column) {
        StringBuilder text = new StringBuilder();
        Node value = rows(row, column).get(0).getFirstChild();
        for (; value != null; value = value.getNextSibling())
            text.append(value.getNodeValue());
        return text.toString();
    }

    private void xml() throws Exception {
        same(cell(api.membersXml(group), "GroupMembers", "emailaddress", member, "Größe"), text);
        same(cell(api.recipientsXml(job), "Recipients", "EmailAddress", member, "EmailAddress"), member);
        same(cell(api.transactionalRecipientsXml(), "Recipients", "TransactionalID", Long.toString(number), "Subject"), text);
    }

    private void dataSet() throws Exception {
        same(cell(api.membersDataSet(group), "GroupMembers", "emailaddress", member, "Größe"), text);
        same(cell(api.campaignsDataSet(), "MassEmailInformation", "JobID", Integer.toString(job), "Subject"), text);
    }
}
