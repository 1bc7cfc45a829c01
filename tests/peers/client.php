<?php
// Sends one message by PHPMailer. usage: php client.php PORT USER PASSWORD FROM TO SUBJECT
require "/usr/share/php/libphp-phpmailer/autoload.php";
[, $port, $user, $password, $from, $to, $subject] = $argv;
$mail = new PHPMailer\PHPMailer\PHPMailer(true);
$mail->isSMTP();
$mail->Host = "127.0.0.1";
$mail->Port = (int) $port;
$mail->SMTPSecure = "tls";
$mail->SMTPAuth = true;
$mail->Username = $user;
$mail->Password = $password;
$mail->SMTPOptions = ["ssl" => ["verify_peer" => false, "verify_peer_name" => false, "allow_self_signed" => true]];
$mail->setFrom($from);
$mail->addAddress($to);
$mail->Subject = $subject;
$mail->CharSet = "utf-8";
$mail->Body = "Sent by PHPMailer, with ümlauts.";
$mail->addStringAttachment(str_repeat("attached ", 1000), "note.txt");
$mail->send();
