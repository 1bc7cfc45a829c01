#!/usr/bin/perl
# Calls every family of operations by the stub that SOAP::Lite's stubmaker made, in the folder of its first argument.
# usage: client.pl FOLDER URL USER PASSWORD TEXT WORD JOB ID TOKEN (README.md)
use strict;
use warnings;
use utf8;
use SOAP::Lite;

binmode STDOUT, ':utf8';
my ($folder, $url, $user, $password, $text, $word, $job, $number, $token) = map { utf8::decode($_); $_ } @ARGV;
my ($group, $member) = ("$text $word", "$word\@recipient.example.test");
my @delimiters = ('|r|', '|c|', '~');
require "$folder/JangoMail.pm";
my $service = JangoMail->new->want_som(1);
$service->on_fault(sub { my (undef, $som) = @_; ref $som ? $som : die $service->transport->status });

# SOAP::Lite asks for a method for each type that it does not have itself.
sub SOAP::Serializer::as_ArrayOfString {
	my (undef, $values, $name, undef, $attributes) = @_;
	return [$name, $attributes, \SOAP::Data->value(map { SOAP::Data->name('string')->type('string')->value($_) } @$values)];
}

# The whole answer.
sub answer {
	my ($operation, @parameters) = @_;
	return answer_of($service->$operation($user, $password, @parameters));
}

sub answer_of {
	my ($som) = @_;
	die $som->faultstring if $som->fault;
	return $som;
}

sub call { return answer(@_)->result }

sub same {
	my ($got, $want) = @_;
	die "'$got' is not '$want'" unless $got eq $want;
}

sub contains {
	my ($text, $part) = @_;
	die "'$part' is not in '$text'" unless index($text, $part) >= 0;
}

sub id { return id_of(call(@_)) }

sub id_of {
	my ($answer) = @_;
	$answer =~ /\A0\nSUCCESS\n(\d+)\z/ or die $answer;
	return $1;
}

sub fault {
	my ($name, $operation, @parameters) = @_;
	my $som = $service->$operation(@parameters);
	die "$operation did not fault" unless $som->fault;
	same((split /:/, $som->faultstring)[0], $name);
	same($som->faultdetail->{Exception}{Name}, $name);
}

my @families = (
	login => sub {
		id('AuthenticateUser');
		fault('InvalidLoginException', 'AuthenticateUser', $user, 'wrong');
	},
	accounts => sub {
		my @new = ("account-$member", '', '', $token);
		id_of(answer_of($service->CreateAccount($text, '', "$group c", @new))->result);
		fault('DuplicateUsernameException', 'CreateAccount', $text, '', $user, @new);
	},
	groups => sub {
		my $made = id('AddGroup', "$group a");
		fault('DuplicateGroupNameException', 'AddGroup', $user, $password, "$group a");
		same(id('Groups_Rename', "$group a", "$group b"), $made);
		contains('|r|' . call('Groups_GetList_String', @delimiters) . '|r|', "|r|~$made~|c|~$group b~|c|~0~|r|");
		same(id('DeleteGroupByName', "$group b"), $made);
	},
	members => sub {
		my ($own, $address) = ("$group m", "one-$member");
		id('AddGroup', $own);
		id('AddGroupField', $own, 'Größe');
		id('AddGroupMember', $own, $address, ['Name', 'Größe'], ['Ann', $text]);
		same(call('GetGroupMemberCount', $own), 1);
		same(call('IsMemberInGroup', $own, $address), 'true');
		same(call('IsMemberInGroup', $own, $member), 'false');
		id('Groups_EditMember_ByAddress', $own, $address, 'Name', "$text 2");
		same(call('Groups_GetMembers_String', $own, @delimiters), "~$address~|c|~$text~|c|~$text 2~");
	},
	import => sub {
		my $own = "$group i";
		id('AddGroup', $own);
		id('ImportGroupMembersFromData', $own, 'EmailAddress,Größe', "first-$member,~$text~\nsecond-$member,2", ',', "\n", '~');
		same(call('Groups_GetMembers_String', $own, @delimiters), "~first-$member~|c|~$text~|r|~second-$member~|c|~2~");
		fault('InvalidEmailAddressException', 'ImportGroupMembersFromData', $user, $password, $own, 'EmailAddress', 'nobody', ',', "\n", '~');
	},
	lists => sub {
		for (['Bounce', 'GetBounceListNormal'], ['Unsubscribe', 'GetUnsubscribeList']) {
			my ($kind, $listing) = @$_;
			my $listed = id("Add$kind", "$kind-$member");
			same(call("Check$kind", "$kind-$member"), "0\nSUCCESS");
			contains(call($listing, '') . "\n", "\n$kind-$member\n");
			same(id("Delete$kind", "$kind-$member"), $listed);
			same(call("Check$kind", "$kind-$member"), "3\nNot Found");
		}
	},
	campaigns => sub {
		my $sent = id('SendMassEmail', 'shop@sender.example.test', $text, '', '', "campaign-$member", '', $text, $text, '', '');
		my $again = id('SendMassEmailPrevious', $sent, '', '', "again-$member", '');
		my $raw = id('SendMassEmailRaw', 'shop@sender.example.test', $text, '', '', "raw-$member", '', $text, $text, '', '');
		die 'the same campaign' if $sent == $again || $again == $raw;
		my @counts = answer('GetMassEmailReport', $sent)->valueof('//GetMassEmailReportResult/int');
		same("@counts", '1 0 0 0 0 0 0 0');
		my $gone = id('SendMassEmail', 'shop@sender.example.test', $text, '', '', "gone-$member", '', $text, $text, '', '');
		same(id('DeleteMassEmail', $gone), $gone);
		fault('CampaignNotFoundException', 'GetMassEmailReport', $user, $password, $gone);
	},
	transactional => sub {
		my $made = id('AddTransactionalGroup', "$group t");
		same(id('TransactionalGroups_Rename', "$group t", "$group u"), $made);
		same(id('GetTransactionalGroupID', "$group u"), $made);
		id('SendTransactionalEmail', 'shop@sender.example.test', $text, "order-$member", $text, $text, "<p>$word</p>",
			"TransactionalGroupID=$made");
		my $other = id('AddTransactionalGroup', "$group v");
		same(id('DeleteTransactionalGroup', "$group v"), $other);
	},
	smtplog => sub {
		my $log = call('Reports_GetSMTPLog_Transactional', $number);
		contains($log, "<TransactionalID>$number</TransactionalID>");
		contains($log, "RCPT TO:&lt;$member&gt;");
		contains(call('Reports_GetSMTPLog', $job, $member), "> RCPT TO:<$member>");
		contains(call('Reports_GetSMTPLog_ByAddress', '', $member, '', ''), "<TransactionalID>$number</TransactionalID>");
	},
	string => sub {
		same(call('Groups_GetMembers_String', $group, @delimiters), "~$member~|c|~$text~");
		same(call('Reports_GetRecipients_String', $job), $member);
	},
	xml => sub {
		my $row = answer('Groups_GetMembers_XML', $group)->valueof('//NewDataSet/GroupMembers');
		same($row->{emailaddress}, $member);
		same($row->{'Größe'}, $text);
		same(answer('Reports_GetRecipients_XML', $job)->valueof('//NewDataSet/Recipients')->{EmailAddress}, $member);
		my @sent = answer('Reports_Transactional_GetRecipients_XML', '', '', '')->valueof('//NewDataSet/Recipients');
		same((map { $_->{Subject} } grep { $_->{TransactionalID} == $number } @sent)[0], $text);
	},
	dataset => sub {
		my $row = answer('Groups_GetMembers_DataSet', $group)->valueof('//diffgram/NewDataSet/GroupMembers');
		same($row->{emailaddress}, $member);
		same($row->{'Größe'}, $text);
		my @sent = answer('Reports_GetMassEmailInformation_DataSet', '', '', '', '')
			->valueof('//diffgram/NewDataSet/MassEmailInformation');
		same((map { $_->{Subject} } grep { $_->{JobID} == $job } @sent)[0], $text);
	},
);
while (my ($family, $check) = splice @families, 0, 2) {
	print eval { $check->(); 1 } ? "$family ok\n" : "$family FAILED: " . $@ =~ tr/\n/ /r . "\n";
}
