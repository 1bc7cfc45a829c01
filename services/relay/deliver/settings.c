#include "services/relay/deliver/scheduler.h"

#include <glib.h>

enum { MINUTE = 60, DAY = 24 * 60 * MINUTE };

struct deliver_settings
deliver_settings_default(void)
{
	static const unsigned retry[] = {5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE,
	    80 * MINUTE, 160 * MINUTE, 240 * MINUTE};

	return (struct deliver_settings){
	    .hostname = "localhost",
	    .bounce_domain = "localhost",
	    .route = DELIVER_ROUTE_MX,
	    .port = 25,
	    .retry_seconds = retry,
	    .retry_count = G_N_ELEMENTS(retry),
	    .retry_greylisted_seconds = 5 * MINUTE,
	    .retry_full_seconds = 60 * MINUTE,
	    .lifetime_seconds = 5 * DAY,
	    .connect_seconds = 30,
	    .reply_seconds = 300,
	    .final_seconds = 600,
	    .connections = 500,
	    .destination_connections = 20,
	    .transaction_recipients = 100,
	    .connection_messages = 1000,
	    .idle_seconds = 2,
	    .tls = DELIVER_TLS_OPPORTUNISTIC,
	    .mta_sts = true,
	    .mta_sts_seconds = MINUTE,
	    .mta_sts_port = 443,
	    .failure_reports = DELIVER_REPORTS_ASKED,
	    .delay_report_seconds = 4 * 60 * MINUTE,
	    .report_bytes = 64 << 10,
	    .logs_attempts = true,
	};
}
