-- For wrk: posts Reports_GetSMTPLog of a random recipient of a random campaign, in SOAP 1.1.
-- arguments: username password first_job jobs recipients

local username, password, first, jobs, recipients

function setup(thread)
	threads = threads or {}
	table.insert(threads, thread)
	thread:set("number", #threads)
end

function init(arguments)
	username, password = arguments[1], arguments[2]
	first, jobs, recipients = tonumber(arguments[3]), tonumber(arguments[4]), tonumber(arguments[5])
	math.randomseed(os.time() * 10 + number)
	missing = 0
	wrk.method = "POST"
	wrk.headers["Content-Type"] = "text/xml; charset=utf-8"
	wrk.headers["SOAPAction"] = '"http://api.jangomail.com/Reports_GetSMTPLog"'
end

function request()
	return wrk.format(nil, nil, nil, '<?xml version="1.0" encoding="utf-8"?>' ..
		'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>' ..
		'<Reports_GetSMTPLog xmlns="http://api.jangomail.com/"><Username>' .. username .. '</Username><Password>' ..
		password .. '</Password><JobID>' .. first + math.random(0, jobs - 1) .. '</JobID><EmailAddress>member' ..
		math.random(recipients) .. '@recipient.example.test</EmailAddress></Reports_GetSMTPLog></soap:Body></soap:Envelope>')
end

function response(status, headers, body)
	if status ~= 200 or not body:find("result delivered", 1, true) then
		missing = missing + 1
	end
end

function done(summary, latency)
	local refused = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
	for _, thread in ipairs(threads) do
		refused = refused + thread:get("missing")
	end
	print(string.format("result %.1f %.3f %.3f %d", summary.requests / (summary.duration / 1e6),
		latency:percentile(50) / 1000, latency:percentile(99) / 1000, refused))
end
