<?php
// Calls every family of operations by PHP's SoapClient. usage: client.php 1|2 URL USER PASSWORD TEXT WORD JOB ID TOKEN (README.md)
declare(strict_types=1);
set_error_handler(fn(int $kind, string $text) => throw new ErrorException($text));
[, $version, $url, $user, $password, $text, $word, $job, $number, $token] = $argv;
$group = "$text $word";
$member = "$word@recipient.example.test";
$delimiters = ["RowDelimiter" => "|r|", "ColDelimiter" => "|c|", "TextQualifier" => "~"];
$client = new SoapClient("$url?WSDL", ["soap_version" => (int) $version, "cache_wsdl" => WSDL_CACHE_NONE]);

function call(string $operation, array $parameters = []): mixed
{
    global $client, $user, $password;
    $answer = $client->$operation($parameters + ["Username" => $user, "Password" => $password]);
    return $answer->{$operation . "Result"};
}

function same(mixed $got, mixed $want): void
{
    if ($got !== $want)
        throw new Exception(var_export($got, true) . " is not " . var_export($want, true));
}

function contains(string $text, string $part): void
{
    if (!str_contains($text, $part))
        throw new Exception("'$part' is not in '$text'");
}

function id(string $operation, array $parameters = []): int
{
    $answer = call($operation, $parameters);
    same(preg_match('/\A0\nSUCCESS\n(\d+)\z/', $answer, $match), 1);
    return (int) $match[1];
}

function fault(string $name, string $operation, array $parameters = []): void
{
    try {
        call($operation, $parameters);
    } catch (SoapFault $fault) {
        same(strtok($fault->getMessage(), ":"), $name);
        same($fault->detail->Exception->Name ?? simplexml_load_string($fault->detail->any ?? "")->Name->__toString(), $name);
        return;
    }
    throw new Exception("$operation did not fault");
}

// The rows of a document that came as text.
function rows(string $operation, array $parameters, string $table): array
{
    $document = simplexml_load_string(call($operation, $parameters)->any);
    same($document->getName(), "NewDataSet");
    return iterator_to_array($document->$table, false);
}

// The rows of a DataSet: the schema comes first, the DiffGram second, as text.
function dataset(string $operation, array $parameters, string $table): array
{
    ["schema" => $schema, "any" => $diffgram] = (array) call($operation, $parameters);
    return simplexml_load_string($diffgram)->xpath("//$table");
}

$families = [
    "login" => function () {
        id("AuthenticateUser");
        fault("InvalidLoginException", "AuthenticateUser", ["Password" => "wrong"]);
    },
    "accounts" => function () use ($group, $member, $text, $token) {
        $new = ["FirstName" => $text, "LastName" => "", "EmailAddress" => "account-$member", "PhoneNumber" => "", "PrivateLabel" => "",
            "SecretToken" => $token];
        id("CreateAccount", $new + ["Username" => "$group c"]);
        fault("DuplicateUsernameException", "CreateAccount", $new);
    },
    "groups" => function () use ($group, $delimiters) {
        $made = id("AddGroup", ["GroupName" => "$group a"]);
        fault("DuplicateGroupNameException", "AddGroup", ["GroupName" => "$group a"]);
        same(id("Groups_Rename", ["OldGroupName" => "$group a", "NewGroupName" => "$group b"]), $made);
        same(in_array("~$made~|c|~$group b~|c|~0~", explode("|r|", call("Groups_GetList_String", $delimiters)), true), true);
        same(id("DeleteGroupByName", ["GroupName" => "$group b"]), $made);
    },
    "members" => function () use ($group, $member, $text, $delimiters) {
        $own = ["GroupName" => "$group m"];
        $address = $own + ["EmailAddress" => "one-$member"];
        id("AddGroup", $own);
        id("AddGroupField", $own + ["FieldName" => "Größe"]);
        id("AddGroupMember", $address + ["FieldNames" => ["Name", "Größe"], "FieldValues" => ["Ann", $text]]);
        same(call("GetGroupMemberCount", $own), 1);
        same(call("IsMemberInGroup", $address), true);
        same(call("IsMemberInGroup", $own + ["EmailAddress" => $member]), false);
        id("Groups_EditMember_ByAddress", $address + ["FieldName" => "Name", "NewFieldValue" => "$text 2"]);
        same(call("Groups_GetMembers_String", $own + $delimiters), "~one-$member~|c|~$text~|c|~$text 2~");
    },
    "import" => function () use ($group, $member, $text, $delimiters) {
        $own = ["GroupName" => "$group i"];
        $form = $own + ["ColumnDelimiter" => ",", "RowDelimiter" => "\n", "TextQualifier" => "~"];
        id("AddGroup", $own);
        id("ImportGroupMembersFromData", $form + [
            "FieldNames" => "EmailAddress,Größe", "ImportData" => "first-$member,~$text~\nsecond-$member,2"]);
        same(call("Groups_GetMembers_String", $own + $delimiters), "~first-$member~|c|~$text~|r|~second-$member~|c|~2~");
        fault("InvalidEmailAddressException", "ImportGroupMembersFromData", $form + [
            "FieldNames" => "EmailAddress", "ImportData" => "nobody"]);
    },
    "lists" => function () use ($member) {
        foreach (["Bounce" => "GetBounceListNormal", "Unsubscribe" => "GetUnsubscribeList"] as $kind => $listing) {
            $address = ["EmailAddress" => "$kind-$member"];
            $listed = id("Add$kind", $address);
            same(call("Check$kind", $address), "0\nSUCCESS");
            same(in_array("$kind-$member", explode("\n", call($listing, ["Since" => ""])), true), true);
            same(id("Delete$kind", $address), $listed);
            same(call("Check$kind", $address), "3\nNot Found");
        }
    },
    "campaigns" => function () use ($member, $text) {
        $to = ["ToGroups" => "", "ToGroupFilter" => "", "ToWebDatabase" => ""];
        $message = $to + ["FromEmail" => "shop@sender.example.test", "FromName" => $text, "Subject" => $text, "Options" => ""];
        $plain = $message + ["MessagePlain" => $text, "MessageHTML" => ""];
        $sent = id("SendMassEmail", $plain + ["ToOther" => "campaign-$member"]);
        $again = id("SendMassEmailPrevious", $to + ["JobID" => $sent, "ToOther" => "again-$member"]);
        $raw = id("SendMassEmailRaw", $message + ["ToOther" => "raw-$member", "RawMessage" => $text, "Boundary" => ""]);
        same(count(array_unique([$sent, $again, $raw])), 3);
        same(call("GetMassEmailReport", ["JobID" => $sent])->int, [1, 0, 0, 0, 0, 0, 0, 0]);
        $gone = id("SendMassEmail", $plain + ["ToOther" => "gone-$member"]);
        same(id("DeleteMassEmail", ["JobID" => $gone]), $gone);
        fault("CampaignNotFoundException", "GetMassEmailReport", ["JobID" => $gone]);
    },
    "transactional" => function () use ($group, $member, $text, $word) {
        $made = id("AddTransactionalGroup", ["GroupName" => "$group t"]);
        same(id("TransactionalGroups_Rename", ["OldGroupName" => "$group t", "NewGroupName" => "$group u"]), $made);
        same(id("GetTransactionalGroupID", ["GroupName" => "$group u"]), $made);
        id("SendTransactionalEmail", [
            "FromEmail" => "shop@sender.example.test", "FromName" => $text, "ToEmailAddress" => "order-$member", "Subject" => $text,
            "MessagePlain" => $text, "MessageHTML" => "<p>$word</p>", "Options" => "TransactionalGroupID=$made"]);
        $other = id("AddTransactionalGroup", ["GroupName" => "$group v"]);
        same(id("DeleteTransactionalGroup", ["GroupName" => "$group v"]), $other);
    },
    "smtplog" => function () use ($member, $job, $number) {
        $log = call("Reports_GetSMTPLog_Transactional", ["TransactionalID" => (int) $number]);
        contains($log, "<TransactionalID>$number</TransactionalID>");
        contains($log, "RCPT TO:&lt;$member&gt;");
        contains(call("Reports_GetSMTPLog", ["JobID" => (int) $job, "EmailAddress" => $member]), "> RCPT TO:<$member>");
        contains(call("Reports_GetSMTPLog_ByAddress", [
            "GroupName" => "", "EmailAddress" => $member, "BeginDate" => "", "EndDate" => ""]), "<TransactionalID>$number<");
    },
    "string" => function () use ($group, $member, $text, $delimiters, $job) {
        same(call("Groups_GetMembers_String", ["GroupName" => $group] + $delimiters), "~$member~|c|~$text~");
        same(call("Reports_GetRecipients_String", ["JobID" => (int) $job]), $member);
    },
    "xml" => function () use ($group, $member, $text, $job, $number) {
        [$row] = rows("Groups_GetMembers_XML", ["GroupName" => $group], "GroupMembers");
        same([(string) $row->emailaddress, (string) $row->Größe], [$member, $text]);
        [$row] = rows("Reports_GetRecipients_XML", ["JobID" => (int) $job], "Recipients");
        same((string) $row->EmailAddress, $member);
        $sent = rows("Reports_Transactional_GetRecipients_XML", ["GroupName" => "", "BeginDate" => "", "EndDate" => ""], "Recipients");
        [$row] = array_values(array_filter($sent, fn($row) => (string) $row->TransactionalID === $number));
        same((string) $row->Subject, $text);
    },
    "dataset" => function () use ($group, $member, $text, $job) {
        [$row] = dataset("Groups_GetMembers_DataSet", ["GroupName" => $group], "GroupMembers");
        same([(string) $row->emailaddress, (string) $row->Größe], [$member, $text]);
        $dates = ["BeginDate" => "", "EndDate" => "", "SortBy" => "", "SortOrder" => ""];
        [$row] = dataset("Reports_GetMassEmailInformation_DataSet", $dates, "MassEmailInformation[JobID = '$job']");
        same((string) $row->Subject, $text);
    },
];
foreach ($families as $family => $check) {
    try {
        $check();
        echo "$family ok\n";
    } catch (Throwable $error) {
        echo "$family FAILED: ", strtr($error->getMessage(), "\n", " "), "\n";
    }
}
