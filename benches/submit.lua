-- Submits claims, each new: the template's external_id is replaced by a prefix and a number.
--   wrk -s submit.lua URL -- KEY PREFIX TEMPLATE
local threads = 0

function setup(thread)
  thread:set("number_of_thread", threads)
  threads = threads + 1
end

function init(arguments)
  local file = assert(io.open(arguments[3]))
  local template = file:read("*a")
  file:close()
  before, after = template:match("^(.*)EXTERNAL_ID(.*)$")
  prefix = arguments[2] .. number_of_thread .. "-"
  count = 0
  wrk.headers["Authorization"] = "Bearer " .. arguments[1]
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  count = count + 1
  return wrk.format("POST", "/v1/claims", nil, before .. prefix .. count .. after)
end

function done(summary, latency)
  io.write(string.format('{"requests":%d,"microseconds":%d,"errors":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration,
    summary.errors.status + summary.errors.read + summary.errors.write + summary.errors.timeout + summary.errors.connect,
    latency:percentile(50), latency:percentile(99)))
end
