// Calls every family of operations by gSOAP's C++ proxy. usage: client URL USER PASSWORD TEXT WORD JOB ID TOKEN (README.md)
#include <algorithm>
#include <cstdio>
#include <functional>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include PROXY_HEADER
#include NAMESPACES

using std::string;

static PROXY service(SOAP_C_UTFSTRING);
static string user, password, text, group, member, number, token;
static int job;

struct fault : std::runtime_error {
	using std::runtime_error::runtime_error;
};

// An optional element of a request.
static string *
optional(const string &value)
{
	string *made = soap_new_std__string(service.soap);
	*made = value;
	return made;
}

template <class Request> static Request
login()
{
	Request request;
	request.Username = &user;
	request.Password = &password;
	return request;
}

// METHOD(request, response) of the proxy; a fault is thrown with its text.
template <class Request, class Response> static Response
call(int (PROXY::*method)(Request *, Response &), Request request)
{
	Response response;
	if ((service.*method)(&request, response) != SOAP_OK) {
		const char *reason = soap_fault_string(service.soap);
		throw fault(reason != nullptr ? reason : "no reason");
	}
	return response;
}

template <class A, class B> static void
same(const A &got, const B &want)
{
	if (!(got == want)) {
		std::ostringstream why;
		why << "'" << got << "' is not '" << want << "'";
		throw std::runtime_error(why.str());
	}
}

static void
contains(const string &whole, const string &part)
{
	if (whole.find(part) == string::npos)
		throw std::runtime_error("'" + part + "' is not in '" + whole + "'");
}

static string
id(const string *answer)
{
	static const std::regex success("0\nSUCCESS\n([0-9]+)");
	std::smatch match;
	if (answer == nullptr || !std::regex_match(*answer, match, success))
		throw std::runtime_error(answer != nullptr ? *answer : "no answer");
	return match[1];
}

static void
refused(const string &name, const std::function<void()> &what)
{
	try {
		what();
	} catch (const fault &refusal) {
		const string reason = refusal.what();
		same(reason.substr(0, reason.find(':')), name);
		contains(*soap_faultdetail(service.soap), "<Name>" + name + "</Name>");
		return;
	}
	throw std::runtime_error("no fault: " + name);
}

template <class Request> static Request
delimited(Request request)
{
	request.RowDelimiter = optional("|r|");
	request.ColDelimiter = optional("|c|");
	request.TextQualifier = optional("~");
	return request;
}

static string
authenticate(const string &by)
{
	auto request = login<_jango__AuthenticateUser>();
	request.Password = optional(by);
	return id(call(&PROXY::AuthenticateUser, request).AuthenticateUserResult);
}

static void
check_login()
{
	authenticate(password);
	refused("InvalidLoginException", [] { authenticate("wrong"); });
}

static string
create_account(const string &name)
{
	_jango__CreateAccount request;
	request.Username = optional(name);
	request.FirstName = &text;
	request.EmailAddress = optional("account-" + member);
	request.SecretToken = &token;
	return id(call(&PROXY::CreateAccount, request).CreateAccountResult);
}

static void
check_accounts()
{
	create_account(group + " c");
	refused("DuplicateUsernameException", [] { create_account(user); });
}

static string
add_group(const string &name)
{
	auto request = login<_jango__AddGroup>();
	request.GroupName = optional(name);
	return id(call(&PROXY::AddGroup, request).AddGroupResult);
}

static void
check_groups()
{
	const string made = add_group(group + " a");
	refused("DuplicateGroupNameException", [] { add_group(group + " a"); });
	auto rename = login<_jango__Groups_USCORERename>();
	rename.OldGroupName = optional(group + " a");
	rename.NewGroupName = optional(group + " b");
	same(id(call(&PROXY::Groups_USCORERename, rename).Groups_USCORERenameResult), made);
	auto list = delimited(login<_jango__Groups_USCOREGetList_USCOREString>());
	const auto listed = call(&PROXY::Groups_USCOREGetList_USCOREString, list);
	contains("|r|" + *listed.Groups_USCOREGetList_USCOREStringResult + "|r|", "|r|~" + made + "~|c|~" + group + " b~|c|~0~|r|");
	auto remove = login<_jango__DeleteGroupByName>();
	remove.GroupName = optional(group + " b");
	same(id(call(&PROXY::DeleteGroupByName, remove).DeleteGroupByNameResult), made);
}

static bool
is_member(const string &name, const string &address)
{
	auto request = login<_jango__IsMemberInGroup>();
	request.GroupName = optional(name);
	request.EmailAddress = optional(address);
	return call(&PROXY::IsMemberInGroup, request).IsMemberInGroupResult;
}

static string
members(const string &name)
{
	auto request = delimited(login<_jango__Groups_USCOREGetMembers_USCOREString>());
	request.GroupName = optional(name);
	return *call(&PROXY::Groups_USCOREGetMembers_USCOREString, request).Groups_USCOREGetMembers_USCOREStringResult;
}

static void
check_members()
{
	const string own = group + " m", address = "one-" + member;
	add_group(own);
	auto field = login<_jango__AddGroupField>();
	field.GroupName = optional(own);
	field.FieldName = optional("Größe");
	id(call(&PROXY::AddGroupField, field).AddGroupFieldResult);
	auto add = login<_jango__AddGroupMember>();
	jango__ArrayOfString names, values;
	names.string = {"Name", "Größe"};
	values.string = {"Ann", text};
	add.GroupName = optional(own);
	add.EmailAddress = optional(address);
	add.FieldNames = &names;
	add.FieldValues = &values;
	id(call(&PROXY::AddGroupMember, add).AddGroupMemberResult);
	auto count = login<_jango__GetGroupMemberCount>();
	count.GroupName = optional(own);
	same(call(&PROXY::GetGroupMemberCount, count).GetGroupMemberCountResult, 1);
	same(is_member(own, address), true);
	same(is_member(own, member), false);
	auto edit = login<_jango__Groups_USCOREEditMember_USCOREByAddress>();
	edit.GroupName = optional(own);
	edit.EmailAddress = optional(address);
	edit.FieldName = optional("Name");
	edit.NewFieldValue = optional(text + " 2");
	id(call(&PROXY::Groups_USCOREEditMember_USCOREByAddress, edit).Groups_USCOREEditMember_USCOREByAddressResult);
	same(members(own), "~" + address + "~|c|~" + text + "~|c|~" + text + " 2~");
}

static string
import(const string &name, const string &fields, const string &data)
{
	auto request = login<_jango__ImportGroupMembersFromData>();
	request.GroupName = optional(name);
	request.FieldNames = optional(fields);
	request.ImportData = optional(data);
	request.ColumnDelimiter = optional(",");
	request.RowDelimiter = optional("\n");
	request.TextQualifier = optional("~");
	return id(call(&PROXY::ImportGroupMembersFromData, request).ImportGroupMembersFromDataResult);
}

static void
check_import()
{
	const string own = group + " i";
	add_group(own);
	import(own, "EmailAddress,Größe", "first-" + member + ",~" + text + "~\nsecond-" + member + ",2");
	same(members(own), "~first-" + member + "~|c|~" + text + "~|r|~second-" + member + "~|c|~2~");
	refused("InvalidEmailAddressException", [&own] { import(own, "EmailAddress", "nobody"); });
}

template <class Request> static Request
addressed(const string &address)
{
	auto request = login<Request>();
	request.EmailAddress = optional(address);
	return request;
}

static void
check_lists()
{
	const string bounced = "Bounce-" + member, left = "Unsubscribe-" + member;
	const string bounce = id(call(&PROXY::AddBounce, addressed<_jango__AddBounce>(bounced)).AddBounceResult);
	same(*call(&PROXY::CheckBounce, addressed<_jango__CheckBounce>(bounced)).CheckBounceResult, "0\nSUCCESS");
	auto bounces = login<_jango__GetBounceListNormal>();
	bounces.Since = optional("");
	contains(*call(&PROXY::GetBounceListNormal, bounces).GetBounceListNormalResult + "\n", "\n" + bounced + "\n");
	same(id(call(&PROXY::DeleteBounce, addressed<_jango__DeleteBounce>(bounced)).DeleteBounceResult), bounce);
	same(*call(&PROXY::CheckBounce, addressed<_jango__CheckBounce>(bounced)).CheckBounceResult, "3\nNot Found");

	const string unsubscribe = id(call(&PROXY::AddUnsubscribe, addressed<_jango__AddUnsubscribe>(left)).AddUnsubscribeResult);
	same(*call(&PROXY::CheckUnsubscribe, addressed<_jango__CheckUnsubscribe>(left)).CheckUnsubscribeResult, "0\nSUCCESS");
	auto unsubscribes = login<_jango__GetUnsubscribeList>();
	unsubscribes.Since = optional("");
	contains(*call(&PROXY::GetUnsubscribeList, unsubscribes).GetUnsubscribeListResult + "\n", "\n" + left + "\n");
	same(id(call(&PROXY::DeleteUnsubscribe, addressed<_jango__DeleteUnsubscribe>(left)).DeleteUnsubscribeResult), unsubscribe);
	same(*call(&PROXY::CheckUnsubscribe, addressed<_jango__CheckUnsubscribe>(left)).CheckUnsubscribeResult, "3\nNot Found");
}

static std::vector<int>
report(int campaign)
{
	auto request = login<_jango__GetMassEmailReport>();
	request.JobID = campaign;
	return call(&PROXY::GetMassEmailReport, request).GetMassEmailReportResult->int_;
}

static string
send_campaign(const string &to)
{
	auto request = login<_jango__SendMassEmail>();
	request.FromEmail = optional("shop@sender.example.test");
	request.FromName = request.Subject = request.MessagePlain = optional(text);
	request.ToOther = optional(to);
	return id(call(&PROXY::SendMassEmail, request).SendMassEmailResult);
}

static void
check_campaigns()
{
	const string sent = send_campaign("campaign-" + member);
	auto again = login<_jango__SendMassEmailPrevious>();
	again.JobID = std::stoi(sent);
	again.ToOther = optional("again-" + member);
	same(id(call(&PROXY::SendMassEmailPrevious, again).SendMassEmailPreviousResult) == sent, false);
	auto raw = login<_jango__SendMassEmailRaw>();
	raw.FromEmail = optional("shop@sender.example.test");
	raw.FromName = raw.Subject = raw.RawMessage = optional(text);
	raw.ToOther = optional("raw-" + member);
	id(call(&PROXY::SendMassEmailRaw, raw).SendMassEmailRawResult);
	same(report(std::stoi(sent)) == std::vector<int>{1, 0, 0, 0, 0, 0, 0, 0}, true);
	auto gone = login<_jango__DeleteMassEmail>();
	gone.JobID = std::stoi(send_campaign("gone-" + member));
	same(id(call(&PROXY::DeleteMassEmail, gone).DeleteMassEmailResult), std::to_string(gone.JobID));
	refused("CampaignNotFoundException", [&gone] { report(gone.JobID); });
}

static string
add_transactional_group(const string &name)
{
	auto request = login<_jango__AddTransactionalGroup>();
	request.GroupName = optional(name);
	return id(call(&PROXY::AddTransactionalGroup, request).AddTransactionalGroupResult);
}

static void
check_transactional()
{
	const string made = add_transactional_group(group + " t");
	auto rename = login<_jango__TransactionalGroups_USCORERename>();
	rename.OldGroupName = optional(group + " t");
	rename.NewGroupName = optional(group + " u");
	same(id(call(&PROXY::TransactionalGroups_USCORERename, rename).TransactionalGroups_USCORERenameResult), made);
	auto find = login<_jango__GetTransactionalGroupID>();
	find.GroupName = optional(group + " u");
	same(id(call(&PROXY::GetTransactionalGroupID, find).GetTransactionalGroupIDResult), made);
	auto send = login<_jango__SendTransactionalEmail>();
	send.FromEmail = optional("shop@sender.example.test");
	send.FromName = send.Subject = send.MessagePlain = optional(text);
	send.ToEmailAddress = optional("order-" + member);
	send.MessageHTML = optional("<p>Thanks.</p>");
	send.Options = optional("TransactionalGroupID=" + made);
	id(call(&PROXY::SendTransactionalEmail, send).SendTransactionalEmailResult);
	const string other = add_transactional_group(group + " v");
	auto remove = login<_jango__DeleteTransactionalGroup>();
	remove.GroupName = optional(group + " v");
	same(id(call(&PROXY::DeleteTransactionalGroup, remove).DeleteTransactionalGroupResult), other);
}

static void
check_smtplog()
{
	auto one = login<_jango__Reports_USCOREGetSMTPLog_USCORETransactional>();
	one.TransactionalID = std::stoll(number);
	const auto log = call(&PROXY::Reports_USCOREGetSMTPLog_USCORETransactional, one);
	contains(*log.Reports_USCOREGetSMTPLog_USCORETransactionalResult, "<TransactionalID>" + number + "</TransactionalID>");
	contains(*log.Reports_USCOREGetSMTPLog_USCORETransactionalResult, "RCPT TO:&lt;" + member + "&gt;");
	auto campaign = login<_jango__Reports_USCOREGetSMTPLog>();
	campaign.JobID = job;
	campaign.EmailAddress = optional(member);
	contains(*call(&PROXY::Reports_USCOREGetSMTPLog, campaign).Reports_USCOREGetSMTPLogResult, "> RCPT TO:<" + member + ">");
	auto all = addressed<_jango__Reports_USCOREGetSMTPLog_USCOREByAddress>(member);
	contains(*call(&PROXY::Reports_USCOREGetSMTPLog_USCOREByAddress, all).Reports_USCOREGetSMTPLog_USCOREByAddressResult,
	    "<TransactionalID>" + number + "</TransactionalID>");
}

static void
check_string()
{
	same(members(group), "~" + member + "~|c|~" + text + "~");
	auto recipients = login<_jango__Reports_USCOREGetRecipients_USCOREString>();
	recipients.JobID = job;
	same(*call(&PROXY::Reports_USCOREGetRecipients_USCOREString, recipients).Reports_USCOREGetRecipients_USCOREStringResult, member);
}

// An element as the server writes it: gSOAP hands a document over as text.
static string
element(const string &name, const string &content)
{
	string escaped;
	for (char c : content)
		escaped += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : string(1, c);
	return "<" + name + ">" + escaped + "</" + name + ">";
}

static void
check_xml()
{
	auto request = login<_jango__Groups_USCOREGetMembers_USCOREXML>();
	request.GroupName = optional(group);
	const auto answer = call(&PROXY::Groups_USCOREGetMembers_USCOREXML, request);
	const string document = answer.Groups_USCOREGetMembers_USCOREXMLResult->__any;
	contains(document, element("emailaddress", member));
	contains(document, element("Größe", text));
	auto campaign = login<_jango__Reports_USCOREGetRecipients_USCOREXML>();
	campaign.JobID = job;
	contains(call(&PROXY::Reports_USCOREGetRecipients_USCOREXML, campaign).Reports_USCOREGetRecipients_USCOREXMLResult->__any,
	    element("EmailAddress", member));
	const auto sent = call(&PROXY::Reports_USCORETransactional_USCOREGetRecipients_USCOREXML,
	    login<_jango__Reports_USCORETransactional_USCOREGetRecipients_USCOREXML>());
	const string rows = sent.Reports_USCORETransactional_USCOREGetRecipients_USCOREXMLResult->__any;
	contains(rows, element("TransactionalID", number));
	contains(rows, element("Subject", text));
}

static void
check_dataset()
{
	auto request = login<_jango__Groups_USCOREGetMembers_USCOREDataSet>();
	request.GroupName = optional(group);
	const auto answer = call(&PROXY::Groups_USCOREGetMembers_USCOREDataSet, request);
	const auto *result = answer.Groups_USCOREGetMembers_USCOREDataSetResult;
	contains(result->xsd__schema, "name=\"GroupMembers\"");
	contains(result->__any, element("emailaddress", member));
	contains(result->__any, element("Größe", text));
	const auto campaigns = call(&PROXY::Reports_USCOREGetMassEmailInformation_USCOREDataSet,
	    login<_jango__Reports_USCOREGetMassEmailInformation_USCOREDataSet>());
	const string rows = campaigns.Reports_USCOREGetMassEmailInformation_USCOREDataSetResult->__any;
	contains(rows, element("JobID", std::to_string(job)));
	contains(rows, element("Subject", text));
}

int
main(int, char **argv)
{
	static const struct {
		const char *name;
		void (*check)();
	} families[] = {{"login", check_login}, {"accounts", check_accounts}, {"groups", check_groups}, {"members", check_members}, {"import", check_import}, {"lists", check_lists},
	    {"campaigns", check_campaigns}, {"transactional", check_transactional}, {"smtplog", check_smtplog}, {"string", check_string},
	    {"xml", check_xml}, {"dataset", check_dataset}};

	service.soap_endpoint = argv[1];
	user = argv[2];
	password = argv[3];
	text = argv[4];
	group = text + " " + argv[5];
	member = string(argv[5]) + "@recipient.example.test";
	job = std::stoi(argv[6]);
	number = argv[7];
	token = argv[8];
	for (const auto &family : families) {
		try {
			family.check();
			printf("%s ok\n", family.name);
		} catch (const std::exception &error) {
			string why = error.what();
			std::replace(why.begin(), why.end(), '\n', ' ');
			printf("%s FAILED: %s\n", family.name, why.c_str());
		}
		service.destroy();
	}
	return 0;
}
