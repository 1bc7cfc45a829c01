// Calls every family of operations by Node's soap. usage: client.js JangoMailSoap|JangoMailSoap12 URL USER PASSWORD TEXT WORD JOB ID TOKEN (README.md)
"use strict";
const assert = require("assert");
const soap = require("soap");
const [port, url, user, password, text, word, job, number, token] = process.argv.slice(2);
const group = `${text} ${word}`, member = `${word}@recipient.example.test`;
const delimiters = { RowDelimiter: "|r|", ColDelimiter: "|c|", TextQualifier: "~" };
let service;

async function call(operation, parameters = {}) {
  const answer = await new Promise((resolve, reject) => service[operation](
    { Username: user, Password: password, ...parameters }, (error, result) => (error ? reject(error) : resolve(result))));
  return answer[operation + "Result"];
}

async function id(operation, parameters) {
  const match = /^0\nSUCCESS\n(\d+)$/.exec(await call(operation, parameters));
  assert(match, `${operation} did not succeed`);
  return match[1];
}

async function fault(name, operation, parameters) {
  await assert.rejects(call(operation, parameters), ({ root: { Envelope: { Body: { Fault } } } }) => {
    const reason = port === "JangoMailSoap12" ? Fault.Reason.Text.$value : Fault.faultstring;
    const detail = Fault.detail ?? Fault.Detail;
    assert.strictEqual(reason.split(":")[0], name);
    assert.strictEqual(detail.Exception.Name, name);
    return true;
  });
}

// Rows come as an array, but one alone as an object.
const rows = (found) => [].concat(found);
const rows_of_dataset = (result) => result.diffgram.NewDataSet;

const families = {
  async login() {
    await id("AuthenticateUser");
    await fault("InvalidLoginException", "AuthenticateUser", { Password: "wrong" });
  },
  async accounts() {
    const created = {
      FirstName: text, LastName: "", EmailAddress: `account-${member}`, PhoneNumber: "", PrivateLabel: "", SecretToken: token, Password: undefined };
    await id("CreateAccount", { ...created, Username: `${group} c` });
    await fault("DuplicateUsernameException", "CreateAccount", created);
  },
  async groups() {
    const made = await id("AddGroup", { GroupName: `${group} a` });
    await fault("DuplicateGroupNameException", "AddGroup", { GroupName: `${group} a` });
    assert.strictEqual(await id("Groups_Rename", { OldGroupName: `${group} a`, NewGroupName: `${group} b` }), made);
    assert((await call("Groups_GetList_String", delimiters)).split("|r|").includes(`~${made}~|c|~${group} b~|c|~0~`));
    assert.strictEqual(await id("DeleteGroupByName", { GroupName: `${group} b` }), made);
  },
  async members() {
    const own = { GroupName: `${group} m` }, address = { ...own, EmailAddress: `one-${member}` };
    await id("AddGroup", own);
    await id("AddGroupField", { ...own, FieldName: "Größe" });
    await id("AddGroupMember", { ...address, FieldNames: { string: ["Name", "Größe"] }, FieldValues: { string: ["Ann", text] } });
    assert.strictEqual(await call("GetGroupMemberCount", own), 1);
    assert.strictEqual(await call("IsMemberInGroup", address), true);
    assert.strictEqual(await call("IsMemberInGroup", { ...own, EmailAddress: member }), false);
    await id("Groups_EditMember_ByAddress", { ...address, FieldName: "Name", NewFieldValue: `${text} 2` });
    assert.strictEqual(await call("Groups_GetMembers_String", { ...own, ...delimiters }), `~one-${member}~|c|~${text}~|c|~${text} 2~`);
  },
  async import() {
    const own = { GroupName: `${group} i` }, form = { ...own, ColumnDelimiter: ",", RowDelimiter: "\n", TextQualifier: "~" };
    await id("AddGroup", own);
    const data = `first-${member},~${text}~\nsecond-${member},2`;
    await id("ImportGroupMembersFromData", { ...form, FieldNames: "EmailAddress,Größe", ImportData: data });
    assert.strictEqual(await call("Groups_GetMembers_String", { ...own, ...delimiters }),
      `~first-${member}~|c|~${text}~|r|~second-${member}~|c|~2~`);
    await fault("InvalidEmailAddressException", "ImportGroupMembersFromData", { ...form, FieldNames: "EmailAddress", ImportData: "nobody" });
  },
  async lists() {
    for (const [kind, listing] of [["Bounce", "GetBounceListNormal"], ["Unsubscribe", "GetUnsubscribeList"]]) {
      const address = { EmailAddress: `${kind}-${member}` };
      const listed = await id(`Add${kind}`, address);
      assert.strictEqual(await call(`Check${kind}`, address), "0\nSUCCESS");
      assert((await call(listing, { Since: "" })).split("\n").includes(address.EmailAddress));
      assert.strictEqual(await id(`Delete${kind}`, address), listed);
      assert.strictEqual(await call(`Check${kind}`, address), "3\nNot Found");
    }
  },
  async campaigns() {
    const to = { ToGroups: "", ToGroupFilter: "", ToWebDatabase: "" };
    const message = { ...to, FromEmail: "shop@sender.example.test", FromName: text, Subject: text, Options: "" };
    const plain = { ...message, MessagePlain: text, MessageHTML: "" };
    const sent = await id("SendMassEmail", { ...plain, ToOther: `campaign-${member}` });
    const again = await id("SendMassEmailPrevious", { ...to, JobID: sent, ToOther: `again-${member}` });
    const raw = await id("SendMassEmailRaw", { ...message, ToOther: `raw-${member}`, RawMessage: text, Boundary: "" });
    assert.strictEqual(new Set([sent, again, raw]).size, 3);
    assert.deepStrictEqual((await call("GetMassEmailReport", { JobID: sent })).int, [1, 0, 0, 0, 0, 0, 0, 0]);
    const gone = await id("SendMassEmail", { ...plain, ToOther: `gone-${member}` });
    assert.strictEqual(await id("DeleteMassEmail", { JobID: gone }), gone);
    await fault("CampaignNotFoundException", "GetMassEmailReport", { JobID: gone });
  },
  async transactional() {
    const made = await id("AddTransactionalGroup", { GroupName: `${group} t` });
    assert.strictEqual(await id("TransactionalGroups_Rename", { OldGroupName: `${group} t`, NewGroupName: `${group} u` }), made);
    assert.strictEqual(await id("GetTransactionalGroupID", { GroupName: `${group} u` }), made);
    await id("SendTransactionalEmail", {
      FromEmail: "shop@sender.example.test", FromName: text, ToEmailAddress: `order-${member}`, Subject: text, MessagePlain: text,
      MessageHTML: `<p>${word}</p>`, Options: `TransactionalGroupID=${made}` });
    const other = await id("AddTransactionalGroup", { GroupName: `${group} v` });
    assert.strictEqual(await id("DeleteTransactionalGroup", { GroupName: `${group} v` }), other);
  },
  async smtplog() {
    const log = await call("Reports_GetSMTPLog_Transactional", { TransactionalID: number });
    assert(log.includes(`<TransactionalID>${number}</TransactionalID>`) && log.includes(`RCPT TO:&lt;${member}&gt;`));
    assert((await call("Reports_GetSMTPLog", { JobID: job, EmailAddress: member })).includes(`> RCPT TO:<${member}>`));
    const parameters = { GroupName: "", EmailAddress: member, BeginDate: "", EndDate: "" };
    assert((await call("Reports_GetSMTPLog_ByAddress", parameters)).includes(`<TransactionalID>${number}</TransactionalID>`));
  },
  async string() {
    assert.strictEqual(await call("Groups_GetMembers_String", { GroupName: group, ...delimiters }), `~${member}~|c|~${text}~`);
    assert.strictEqual(await call("Reports_GetRecipients_String", { JobID: job }), member);
  },
  async xml() {
    const [row] = rows((await call("Groups_GetMembers_XML", { GroupName: group })).NewDataSet.GroupMembers);
    assert.deepStrictEqual([row.emailaddress, row["Größe"]], [member, text]);
    const [recipient] = rows((await call("Reports_GetRecipients_XML", { JobID: job })).NewDataSet.Recipients);
    assert.strictEqual(recipient.EmailAddress, member);
    const sent = await call("Reports_Transactional_GetRecipients_XML", { GroupName: "", BeginDate: "", EndDate: "" });
    assert.strictEqual(rows(sent.NewDataSet.Recipients).find((each) => each.TransactionalID === number).Subject, text);
  },
  async dataset() {
    const [row] = rows(rows_of_dataset(await call("Groups_GetMembers_DataSet", { GroupName: group })).GroupMembers);
    assert.deepStrictEqual([row.emailaddress, row["Größe"]], [member, text]);
    const dates = { BeginDate: "", EndDate: "", SortBy: "", SortOrder: "" };
    const sent = rows_of_dataset(await call("Reports_GetMassEmailInformation_DataSet", dates)).MassEmailInformation;
    assert.strictEqual(rows(sent).find((each) => each.JobID === job).Subject, text);
  },
};

(async () => {
  const client = await soap.createClientAsync(`${url}?WSDL`, { forceSoap12Headers: port === "JangoMailSoap12" });
  service = client.JangoMail[port];
  for (const [family, check] of Object.entries(families)) {
    try {
      await check();
      console.log(family, "ok");
    } catch (error) {
      console.log(`${family} FAILED: ${error.message.replaceAll("\n", " ")}`);
    }
  }
})();
