-- Reads claims at random, or one path again and again when the count is 0.
--   wrk -s read.lua URL -- KEY PATH COUNT     (%012x in PATH stands for the claim's number)
function init(arguments)
  path, count = arguments[2], tonumber(arguments[3])
  math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 100000)
  wrk.headers["Authorization"] = "Bearer " .. arguments[1]
end

function request()
  if count == 0 then return wrk.format("GET", path) end
  return wrk.format("GET", string.format(path, math.random(1, count)))
end

function done(summary, latency)
  io.write(string.format('{"requests":%d,"microseconds":%d,"errors":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration,
    summary.errors.status + summary.errors.read + summary.errors.write + summary.errors.timeout + summary.errors.connect,
    latency:percentile(50), latency:percentile(99)))
end
