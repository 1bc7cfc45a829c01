#!/bin/bash
# Calls every family of operations by curl. usage: client.sh post|get URL USER PASSWORD TEXT WORD JOB ID TOKEN (README.md)
set -euo pipefail
binding=$1 url=$2 user=$3 password=$4 text=$5 word=$6 job=$7 number=$8 token=$9
group="$text $word" member=$word@recipient.example.test
delimiters=('RowDelimiter=|r|' 'ColDelimiter=|c|' 'TextQualifier=~')
case $binding in
post) method=() ;;
get) method=(--get) ;;
esac

# call OPERATION NAME=VALUE...: the answer's document, or the text of the exception with status 1
call() {
	local operation=$1 parameter
	local fields=(--data-urlencode "Username=$user" --data-urlencode "Password=$password")
	shift
	for parameter; do
		fields+=(--data-urlencode "$parameter")
	done
	curl -sS --fail-with-body "${method[@]}" "${fields[@]}" "$url/$operation"
}

# value XPATH: of the document on standard input, and a dot, so that the shell keeps what line feeds are at its end
value() { xmllint --xpath "$1" - | head -c -1 && printf .; }

# text OPERATION NAME=VALUE...: sets answer
text() {
	answer=$(call "$@" | value 'string(/*)')
	answer=${answer%.}
}

same() { [ "$1" = "$2" ] || fail "'$1' is not '$2'"; }
contains() { [[ $1 == *"$2"* ]] || fail "'$1' does not contain '$2'"; }
fail() {
	echo "$*" >&2
	exit 1
}

# id OPERATION NAME=VALUE...: sets answer to the id
id() {
	text "$@"
	[[ $answer =~ ^0$'\n'SUCCESS$'\n'([0-9]+)$ ]] || fail "$answer"
	answer=${BASH_REMATCH[1]}
}

# fault EXCEPTION OPERATION NAME=VALUE...
fault() {
	local exception=$1 said
	shift
	if said=$(call "$@" 2>/dev/null); then
		fail "$1 was not refused"
	fi
	same "${said%%:*}" "$exception"
}

check_login() {
	id AuthenticateUser
	password=wrong fault InvalidLoginException AuthenticateUser
}

check_accounts() {
	local new=("FirstName=$text" LastName= "EmailAddress=account-$member" PhoneNumber= PrivateLabel= "SecretToken=$token")
	user="$group c" id CreateAccount "${new[@]}"
	fault DuplicateUsernameException CreateAccount "${new[@]}"
}

check_groups() {
	local made
	id AddGroup "GroupName=$group a"
	made=$answer
	fault DuplicateGroupNameException AddGroup "GroupName=$group a"
	id Groups_Rename "OldGroupName=$group a" "NewGroupName=$group b"
	same "$answer" "$made"
	text Groups_GetList_String "${delimiters[@]}"
	contains "|r|$answer|r|" "|r|~$made~|c|~$group b~|c|~0~|r|"
	id DeleteGroupByName "GroupName=$group b"
	same "$answer" "$made"
}

check_members() {
	local own="GroupName=$group m" address="EmailAddress=one-$member"
	id AddGroup "$own"
	id AddGroupField "$own" FieldName=Größe
	id AddGroupMember "$own" "$address" FieldNames=Name FieldNames=Größe FieldValues=Ann "FieldValues=$text"
	text GetGroupMemberCount "$own"
	same "$answer" 1
	text IsMemberInGroup "$own" "$address"
	same "$answer" true
	text IsMemberInGroup "$own" "EmailAddress=$member"
	same "$answer" false
	id Groups_EditMember_ByAddress "$own" "$address" FieldName=Name "NewFieldValue=$text 2"
	text Groups_GetMembers_String "$own" "${delimiters[@]}"
	same "$answer" "~one-$member~|c|~$text~|c|~$text 2~"
}

check_import() {
	local own="GroupName=$group i" form=(ColumnDelimiter=, $'RowDelimiter=\n' TextQualifier=~)
	id AddGroup "$own"
	id ImportGroupMembersFromData "$own" "${form[@]}" FieldNames=EmailAddress,Größe \
		"ImportData=first-$member,~$text~"$'\n'"second-$member,2"
	text Groups_GetMembers_String "$own" "${delimiters[@]}"
	same "$answer" "~first-$member~|c|~$text~|r|~second-$member~|c|~2~"
	fault InvalidEmailAddressException ImportGroupMembersFromData "$own" "${form[@]}" FieldNames=EmailAddress ImportData=nobody
}

# list KIND OPERATION
list() {
	local address="EmailAddress=$1-$member"
	id "Add$1" "$address"
	text "Check$1" "$address"
	same "$answer" $'0\nSUCCESS'
	text "$2" Since=
	contains "$answer"$'\n' $'\n'"$1-$member"$'\n'
	id "Delete$1" "$address"
	text "Check$1" "$address"
	same "$answer" $'3\nNot Found'
}

check_lists() {
	list Bounce GetBounceListNormal
	list Unsubscribe GetUnsubscribeList
}

check_campaigns() {
	local to=(ToGroups= ToGroupFilter= ToWebDatabase=) sent again
	local message=("${to[@]}" FromEmail=shop@sender.example.test "FromName=$text" "Subject=$text" Options=)
	id SendMassEmail "${message[@]}" "ToOther=campaign-$member" "MessagePlain=$text" MessageHTML=
	sent=$answer
	id SendMassEmailPrevious "${to[@]}" "JobID=$sent" "ToOther=again-$member"
	again=$answer
	id SendMassEmailRaw "${message[@]}" "ToOther=raw-$member" "RawMessage=$text" Boundary=
	[ "$answer" != "$again" ] && [ "$again" != "$sent" ] || fail "the same campaign"
	same "$(call GetMassEmailReport "JobID=$sent" | xmllint --xpath '//*[local-name() = "int"]/text()' - | tr '\n' ' ')" '1 0 0 0 0 0 0 0 '
	id SendMassEmail "${message[@]}" "ToOther=gone-$member" "MessagePlain=$text" MessageHTML=
	sent=$answer
	id DeleteMassEmail "JobID=$sent"
	same "$answer" "$sent"
	fault CampaignNotFoundException GetMassEmailReport "JobID=$sent"
}

check_transactional() {
	local made
	id AddTransactionalGroup "GroupName=$group t"
	made=$answer
	id TransactionalGroups_Rename "OldGroupName=$group t" "NewGroupName=$group u"
	same "$answer" "$made"
	id GetTransactionalGroupID "GroupName=$group u"
	same "$answer" "$made"
	id SendTransactionalEmail FromEmail=shop@sender.example.test "FromName=$text" "ToEmailAddress=order-$member" "Subject=$text" \
		"MessagePlain=$text" "MessageHTML=<p>$word</p>" "Options=TransactionalGroupID=$made"
	id AddTransactionalGroup "GroupName=$group v"
	made=$answer
	id DeleteTransactionalGroup "GroupName=$group v"
	same "$answer" "$made"
}

check_smtplog() {
	text Reports_GetSMTPLog_Transactional "TransactionalID=$number"
	contains "$answer" "<TransactionalID>$number</TransactionalID>"
	contains "$answer" "RCPT TO:&lt;$member&gt;"
	text Reports_GetSMTPLog "JobID=$job" "EmailAddress=$member"
	contains "$answer" "> RCPT TO:<$member>"
	text Reports_GetSMTPLog_ByAddress GroupName= "EmailAddress=$member" BeginDate= EndDate=
	contains "$answer" "<TransactionalID>$number</TransactionalID>"
}

check_string() {
	text Groups_GetMembers_String "GroupName=$group" "${delimiters[@]}"
	same "$answer" "~$member~|c|~$text~"
	text Reports_GetRecipients_String "JobID=$job"
	same "$answer" "$member"
}

# cell XPATH WANT OPERATION NAME=VALUE...: a value within a document
cell() {
	local path=$1 want=$2
	shift 2
	same "$(call "$@" | value "string($path)")" "$want."
}

check_xml() {
	cell '/NewDataSet/GroupMembers/emailaddress' "$member" Groups_GetMembers_XML "GroupName=$group"
	cell '/NewDataSet/GroupMembers/Größe' "$text" Groups_GetMembers_XML "GroupName=$group"
	cell '/NewDataSet/Recipients/EmailAddress' "$member" Reports_GetRecipients_XML "JobID=$job"
	cell "/NewDataSet/Recipients[TransactionalID = '$number']/Subject" "$text" Reports_Transactional_GetRecipients_XML \
		GroupName= BeginDate= EndDate=
}

check_dataset() {
	cell '//GroupMembers/Größe' "$text" Groups_GetMembers_DataSet "GroupName=$group"
	cell "//MassEmailInformation[JobID = '$job']/Subject" "$text" Reports_GetMassEmailInformation_DataSet \
		BeginDate= EndDate= SortBy= SortOrder=
}

for family in login accounts groups members import lists campaigns transactional smtplog string xml dataset; do
	if why=$(set -e; "check_$family" 2>&1); then
		echo "$family ok"
	else
		echo "$family FAILED: ${why//$'\n'/ }"
	fi
done
