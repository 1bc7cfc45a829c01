#include "server/http_limits.h"

struct http_limits
http_limits_default(void)
{
	return (struct http_limits){
	    .connections = 10000,
	    .address_connections = 2500,
	    .idle_seconds = 60,
	    .request_seconds = 120,
	    .answer_seconds = 3600,
	    .head_bytes = 32 << 10,
	    .body_bytes = 32 << 20,
	};
}
