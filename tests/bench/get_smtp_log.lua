-- For wrk: posts Reports_GetSMTPLog of random recipients of random campaigns, in SOAP 1.1. What is posted is made before: wrk, too, takes
-- its part of the processors. Refused are answers that are no HTTP 2xx, which a fault is not.
-- arguments: username password first_job jobs recipients

local POSTS = 50000 -- of each thread, one after the other and again

local posts, next_post = {}, 0

function setup(thread)
	threads = (threads or 0) + 1
	thread:set("number", threads)
end

function init(arguments)
	local username, password = arguments[1], arguments[2]
	local first, jobs, recipients = tonumber(arguments[3]), tonumber(arguments[4]), tonumber(arguments[5])

	math.randomseed(os.time() * 10 + number)
	wrk.method = "POST"
	wrk.headers["Content-Type"] = "text/xml; charset=utf-8"
	wrk.headers["SOAPAction"] = '"http://api.jangomail.com/Reports_GetSMTPLog"'
	for i = 1, POSTS do
		posts[i] = wrk.format(nil, nil, nil, '<?xml version="1.0" encoding="utf-8"?>' ..
			'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>' ..
			'<Reports_GetSMTPLog xmlns="http://api.jangomail.com/"><Username>' .. username .. '</Username><Password>' ..
			password .. '</Password><JobID>' .. first + math.random(0, jobs - 1) .. '</JobID><EmailAddress>member' ..
			math.random(recipients) .. '@recipient.example.test</EmailAddress></Reports_GetSMTPLog></soap:Body></soap:Envelope>')
	end
end

function request()
	next_post = next_post % POSTS + 1
	return posts[next_post]
end

function done(summary, latency)
	local errors = summary.errors

	print(string.format("result %.1f %.3f %.3f %d", summary.requests / (summary.duration / 1e6),
		latency:percentile(50) / 1000, latency:percentile(99) / 1000,
		errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
