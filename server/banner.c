#include "server/banner.h"

#include <stdio.h>

#include "server/dev.h"

static const char *const banner_tls[] = {"plain", "plain and STARTTLS", "TLS"};

/* Where a browser or curl finds the API. For g_free(). */
static char *
banner_api_url(const struct config *config)
{
	const char *scheme = config->api.tls_certificate != NULL ? "https" : "http";

	if (config->api.public_url != NULL)
		return g_strconcat(config->api.public_url, "/api.asmx", NULL);
	return g_strdup_printf("%s://%s/api.asmx", scheme, config->api.listen[0]);
}

static void
banner_print_places(const struct config *config, const char *url, const char *password)
{
	printf("\nBracemail is ready.\n\n");
	printf("  API       %s\n", url);
	printf("  WSDL      %s?WSDL\n", url);
	for (unsigned i = 0; i < config->listener_count; i++)
		printf("  SMTP      %-22s %s\n", config->listeners[i].addresses[0],
		    banner_tls[config->listeners[i].tls]);
	if (config->capture.listen[0] != NULL)
		printf(
		    "  captured  %s (all outgoing mail ends there)\n", config->capture.directory);
	printf("  account   %s, password %s (mail from 127.0.0.1 is its own)\n", DEV_ACCOUNT,
	    password);
}

/* The first listener that speaks before TLS. NULL: none. */
static const char *
banner_smtp_address(const struct config *config)
{
	for (unsigned i = 0; i < config->listener_count; i++)
		if (config->listeners[i].tls != RECEIVE_TLS_IMPLICIT)
			return config->listeners[i].addresses[0];
	return NULL;
}

static void
banner_print_send(const char *address)
{
	printf(
	    "\nSend a message (paste this):\n\n"
	    "printf '%%s\\r\\n' 'From: Shop <shop@example.com>' 'Sender: billing@example.com' \\\n"
	    "  'To: ann@example.net' 'Subject: =?utf-8?Q?Savings_For_Today{Daily_Alert}?=' '' \\\n"
	    "  'Ten percent off, today only.' | curl -sS -T - --mail-from shop@example.com \\\n"
	    "  --mail-rcpt ann@example.net smtp://%s\n",
	    address);
}

/* A form POST finds the newest message's number; a SOAP 1.1 call asks for its conversation. */
static void
banner_print_read(const char *url, const char *password)
{
	printf(
	    "\nRead its SMTP conversation through SOAP (paste this):\n\n"
	    "id=$(curl -sS %s/Reports_Transactional_GetRecipients_XML \\\n"
	    "  -d Username=" DEV_ACCOUNT
	    " -d Password=%s -d 'GroupName=Daily Alert' -d BeginDate= -d EndDate= |\n"
	    "  grep -o '<TransactionalID>[0-9]*' | grep -o '[0-9]*' | sort -n | tail -n 1)\n"
	    "curl -sS %s -H 'Content-Type: text/xml; charset=utf-8' \\\n"
	    "  -H 'SOAPAction: \"http://api.jangomail.com/Reports_GetSMTPLog_Transactional\"' -d \"\n"
	    "<soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'><soap:Body>\n"
	    "<Reports_GetSMTPLog_Transactional xmlns='http://api.jangomail.com/'>\n"
	    "<Username>" DEV_ACCOUNT "</Username><Password>%s</Password>\n"
	    "<TransactionalID>$id</TransactionalID></Reports_GetSMTPLog_Transactional>\n"
	    "</soap:Body></soap:Envelope>\" |\n"
	    "  sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/\"/g; s/&amp;/\\&/g; s/<Line/\\n&/g' |\n"
	    "  sed -n 's/^<Line time=\"\\([^\"]*\\)\" direction=\"\\([a-z]*\\)\">\\(.*\\)<.Line>.*/\\1 \\2\\t\\3/p' |\n"
	    "  sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\\&/g'; echo\n\n",
	    url, password, url, password);
}

void
banner_print(const struct config *config, const char *password)
{
	const char *address = banner_smtp_address(config);
	char *url = banner_api_url(config);

	banner_print_places(config, url, password);
	if (address != NULL)
		banner_print_send(address);
	banner_print_read(url, password);
	fflush(stdout);
	g_free(url);
}
