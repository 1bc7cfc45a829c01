// Sends one message by nodemailer. usage: node client.js PORT USER PASSWORD FROM TO SUBJECT
const nodemailer = require("nodemailer");
const [port, user, pass, from, to, subject] = process.argv.slice(2);
nodemailer.createTransport({
  host: "127.0.0.1", port, requireTLS: true, auth: { user, pass }, tls: { rejectUnauthorized: false },
}).sendMail({ from, to, subject, text: "Sent by nodemailer.", html: "<p>Sent by nodemailer.</p>" })
  .then((sent) => console.log(sent.response), (error) => { console.error(error); process.exit(1); });
