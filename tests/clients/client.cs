// Calls every family of operations by the proxy of Mono's wsdl or, with SVCUTIL defined, of its svcutil, which has no documents.
// usage: client.exe URL USER PASSWORD TEXT WORD JOB ID TOKEN (README.md)
using System;
using System.Linq;
using System.Text.RegularExpressions;
#if SVCUTIL
using System.Runtime.Serialization;
using System.ServiceModel;
using Array = api.jangomail.com.ArrayOfString;
using Fault = System.ServiceModel.FaultException;
using Proxy = JangoMailSoapClient;
#else
using System.Data;
using System.Xml;
using Fault = System.Web.Services.Protocols.SoapException;
using Proxy = Client.JangoMail;
#endif

static class Program
{
    const string From = "shop@sender.example.test";
    static Proxy service;
    static string user, password, text, word, group, member, token;
    static int job;
    static long number;

    static Proxy Connect(string url)
    {
#if SVCUTIL
        var binding = new BasicHttpBinding { MaxReceivedMessageSize = int.MaxValue };
        return new Proxy(binding, new EndpointAddress(url));
#else
        return new Proxy { Url = url };
#endif
    }

#if SVCUTIL
    static Array List(params string[] values)
    {
        var list = new Array();
        list.AddRange(values);
        return list;
    }
#else
    static string[] List(params string[] values)
    {
        return values;
    }
#endif

    static void Same<T>(T got, T want)
    {
        if (!got.Equals(want))
            throw new Exception("'" + got + "' is not '" + want + "'");
    }

    static void Contains(string whole, string part)
    {
        if (whole.IndexOf(part, StringComparison.Ordinal) < 0)
            throw new Exception("'" + part + "' is not in '" + whole + "'");
    }

    static string Id(string answer)
    {
        var match = Regex.Match(answer, "^0\nSUCCESS\n([0-9]+)$");
        if (!match.Success)
            throw new Exception(answer);
        return match.Groups[1].Value;
    }

#if SVCUTIL
    static bool lost;
#endif

    static void Refused(string name, Action call)
    {
        try {
            call();
        } catch (Fault fault) {
            Same(fault.Message.Split(':')[0], name);
#if !SVCUTIL
            Same(fault.Detail["Exception"]["Name"].InnerText, name);
#endif
            return;
#if SVCUTIL
        } catch (SerializationException) {
            // Mono takes any detail of a fault for its own ExceptionDetail, and loses the fault's name.
            lost = true;
            return;
#endif
        }
        throw new Exception("no fault: " + name);
    }

    static void Login()
    {
        Id(service.AuthenticateUser(user, password));
        Refused("InvalidLoginException", () => service.AuthenticateUser(user, "wrong"));
#if SVCUTIL
        Same(lost, false);
#endif
    }

    static string Create(string name)
    {
        return service.CreateAccount(text, "", name, "account-" + member, "", "", token);
    }

    static void Accounts()
    {
        Id(Create(group + " c"));
        Refused("DuplicateUsernameException", () => Create(user));
    }

    static void Groups()
    {
        string made = Id(service.AddGroup(user, password, group + " a"));
        Refused("DuplicateGroupNameException", () => service.AddGroup(user, password, group + " a"));
        Same(Id(service.Groups_Rename(user, password, group + " a", group + " b")), made);
        Contains("|r|" + service.Groups_GetList_String(user, password, "|r|", "|c|", "~") + "|r|",
            "|r|~" + made + "~|c|~" + group + " b~|c|~0~|r|");
        Same(Id(service.DeleteGroupByName(user, password, group + " b")), made);
    }

    static string Members(string name)
    {
        return service.Groups_GetMembers_String(user, password, name, "|r|", "|c|", "~");
    }

    static void GroupMembers()
    {
        string own = group + " m", address = "one-" + member;
        Id(service.AddGroup(user, password, own));
        Id(service.AddGroupField(user, password, own, "Größe"));
        Id(service.AddGroupMember(user, password, own, address, List("Name", "Größe"), List("Ann", text)));
        Same(service.GetGroupMemberCount(user, password, own), 1);
        Same(service.IsMemberInGroup(user, password, own, address), true);
        Same(service.IsMemberInGroup(user, password, own, member), false);
        Id(service.Groups_EditMember_ByAddress(user, password, own, address, "Name", text + " 2"));
        Same(Members(own), "~" + address + "~|c|~" + text + "~|c|~" + text + " 2~");
    }

    static void Import()
    {
        string own = group + " i", data = "first-" + member + ",~" + text + "~\nsecond-" + member + ",2";
        Id(service.AddGroup(user, password, own));
        Id(service.ImportGroupMembersFromData(user, password, own, "EmailAddress,Größe", data, ",", "\n", "~"));
        Same(Members(own), "~first-" + member + "~|c|~" + text + "~|r|~second-" + member + "~|c|~2~");
        Refused("InvalidEmailAddressException",
            () => service.ImportGroupMembersFromData(user, password, own, "EmailAddress", "nobody", ",", "\n", "~"));
    }

    static void Lists()
    {
        string bounced = "Bounce-" + member, left = "Unsubscribe-" + member;
        string bounce = Id(service.AddBounce(user, password, bounced));
        Same(service.CheckBounce(user, password, bounced), "0\nSUCCESS");
        Contains(service.GetBounceListNormal(user, password, "") + "\n", "\n" + bounced + "\n");
        Same(Id(service.DeleteBounce(user, password, bounced)), bounce);
        Same(service.CheckBounce(user, password, bounced), "3\nNot Found");
        string unsubscribe = Id(service.AddUnsubscribe(user, password, left));
        Same(service.CheckUnsubscribe(user, password, left), "0\nSUCCESS");
        Contains(service.GetUnsubscribeList(user, password, "") + "\n", "\n" + left + "\n");
        Same(Id(service.DeleteUnsubscribe(user, password, left)), unsubscribe);
        Same(service.CheckUnsubscribe(user, password, left), "3\nNot Found");
    }

    static int Send(string to)
    {
        return int.Parse(Id(service.SendMassEmail(user, password, From, text, "", "", to, "", text, text, "", "")));
    }

    static void Campaigns()
    {
        int sent = Send("campaign-" + member), gone = Send("gone-" + member);
        string again = Id(service.SendMassEmailPrevious(user, password, sent, "", "", "again-" + member, ""));
        string raw = Id(service.SendMassEmailRaw(user, password, From, text, "", "", "raw-" + member, "", text, text, "", ""));
        Same(new[] {sent.ToString(), again, raw}.Distinct().Count(), 3);
        Same(service.GetMassEmailReport(user, password, sent).SequenceEqual(new[] {1, 0, 0, 0, 0, 0, 0, 0}), true);
        Same(Id(service.DeleteMassEmail(user, password, gone)), gone.ToString());
        Refused("CampaignNotFoundException", () => service.GetMassEmailReport(user, password, gone));
    }

    static void Transactional()
    {
        string made = Id(service.AddTransactionalGroup(user, password, group + " t"));
        Same(Id(service.TransactionalGroups_Rename(user, password, group + " t", group + " u")), made);
        Same(Id(service.GetTransactionalGroupID(user, password, group + " u")), made);
        Id(service.SendTransactionalEmail(user, password, From, text, "order-" + member, text, text, "<p>" + word + "</p>",
            "TransactionalGroupID=" + made));
        string other = Id(service.AddTransactionalGroup(user, password, group + " v"));
        Same(Id(service.DeleteTransactionalGroup(user, password, group + " v")), other);
    }

    static void SmtpLog()
    {
        string log = service.Reports_GetSMTPLog_Transactional(user, password, number);
        Contains(log, "<TransactionalID>" + number + "</TransactionalID>");
        Contains(log, "RCPT TO:&lt;" + member + "&gt;");
        Contains(service.Reports_GetSMTPLog(user, password, job, member), "> RCPT TO:<" + member + ">");
        Contains(service.Reports_GetSMTPLog_ByAddress(user, password, "", member, "", ""), "<TransactionalID>" + number + "</");
    }

    static void AsString()
    {
        Same(Members(group), "~" + member + "~|c|~" + text + "~");
        Same(service.Reports_GetRecipients_String(user, password, job), member);
    }

#if !SVCUTIL
    static void AsXml()
    {
        XmlNode row = service.Groups_GetMembers_XML(user, password, group)["GroupMembers"];
        Same(row["emailaddress"].InnerText, member);
        Same(row["Größe"].InnerText, text);
        Same(service.Reports_GetRecipients_XML(user, password, job)["Recipients"]["EmailAddress"].InnerText, member);
        XmlNode sent = service.Reports_Transactional_GetRecipients_XML(user, password, "", "", "");
        Same(sent.SelectSingleNode("Recipients[TransactionalID = '" + number + "']/Subject").InnerText, text);
    }

    static void AsDataSet()
    {
        DataTable members = service.Groups_GetMembers_DataSet(user, password, group).Tables["GroupMembers"];
        Same(members.Rows.Count, 1);
        Same((string) members.Rows[0]["emailaddress"], member);
        Same((string) members.Rows[0]["Größe"], text);
        DataTable sent = service.Reports_GetMassEmailInformation_DataSet(user, password, "", "", "", "").Tables["MassEmailInformation"];
        DataRow row = sent.Select("JobID = " + job).Single();
        Same((string) row["Subject"], text);
        Same((DateTime.UtcNow - (DateTime) row["SentDateTime"]).Duration() < TimeSpan.FromHours(1), true);
    }
#endif

    static void Check(string family, Action check)
    {
        try {
            check();
            Console.WriteLine(family + " ok");
        } catch (Exception error) {
            Console.WriteLine((family + " FAILED: " + error.Message).Replace('\n', ' '));
        }
    }

    static void Main(string[] arguments)
    {
        service = Connect(arguments[0]);
        user = arguments[1];
        password = arguments[2];
        text = arguments[3];
        word = arguments[4];
        group = text + " " + word;
        member = word + "@recipient.example.test";
        job = int.Parse(arguments[5]);
        number = long.Parse(arguments[6]);
        token = arguments[7];
        Check("login", Login);
        Check("accounts", Accounts);
        Check("groups", Groups);
        Check("members", GroupMembers);
        Check("import", Import);
        Check("lists", Lists);
        Check("campaigns", Campaigns);
        Check("transactional", Transactional);
        Check("smtplog", SmtpLog);
        Check("string", AsString);
#if !SVCUTIL
        Check("xml", AsXml);
        Check("dataset", AsDataSet);
#endif
    }
}
