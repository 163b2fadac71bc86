-- The requests that wrk sends, and its figures as one line of JSON.
--   wrk -s requests.lua URL -- KEY submit PREFIX TEMPLATE   claims, each new: the template's EXTERNAL_ID becomes
--                                                          PREFIX and a number
--   wrk -s requests.lua URL -- KEY visits PREFIX TEMPLATE PATIENTS   the same, each for one of so many patients, P-1 and
--                                                          so on, at random; for 0 each for a new patient
--   wrk -s requests.lua URL -- KEY draws PREFIX TEMPLATE COUNT       the same, wherever EXTERNAL_ID stands, and APPROVAL
--                                                          becomes PA-1 and so on, one of so many at random
--   wrk -s requests.lua URL -- KEY read PATH COUNT          %012x in PATH becomes a random number up to COUNT
--   wrk -s requests.lua URL -- KEY paths FILE               a random line of the file
local threads = 0

function setup(thread)
  thread:set("number_of_thread", threads)
  threads = threads + 1
end

function init(arguments)
  wrk.headers["Authorization"] = "Bearer " .. arguments[1]
  local kinds = {submit = submit, visits = visits, draws = draws, read = read, paths = paths}
  next_request = kinds[arguments[2]](arguments[3], arguments[4], arguments[5])
end

-- wrk looks for this one before it runs init.
function request()
  return next_request()
end

function read_template(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  wrk.headers["Content-Type"] = "application/json"
  math.randomseed(os.time() + number_of_thread)
  return text
end

function submit(prefix, template)
  local before, after = read_template(template):match("^(.*)EXTERNAL_ID(.*)$")
  local count = 0
  return function()
    count = count + 1
    return wrk.format("POST", "/v1/claims", nil, before .. prefix .. number_of_thread .. "-" .. count .. after)
  end
end

function visits(prefix, template, patients)
  patients = tonumber(patients)
  local before, between, after = read_template(template):match("^(.*)EXTERNAL_ID(.*)P%-4411(.*)$")
  local count = 0
  return function()
    count = count + 1
    local id = prefix .. number_of_thread .. "-" .. count
    local patient = patients == 0 and id or "P-" .. math.random(1, patients)
    return wrk.format("POST", "/v1/claims", nil, before .. id .. between .. patient .. after)
  end
end

function draws(prefix, template, approvals)
  approvals = tonumber(approvals)
  local text = read_template(template)
  local count = 0
  return function()
    count = count + 1
    local id = prefix .. number_of_thread .. "-" .. count
    local body = text:gsub("EXTERNAL_ID", id):gsub("APPROVAL", "PA-" .. math.random(1, approvals))
    return wrk.format("POST", "/v1/claims", nil, body)
  end
end

function read(path, count)
  count = tonumber(count)
  math.randomseed(os.time() + number_of_thread)
  return function()
    return wrk.format("GET", string.format(path, math.random(1, count)))
  end
end

function paths(path)
  local list = {}
  for line in io.lines(path) do
    list[#list + 1] = line
  end
  math.randomseed(os.time() + number_of_thread)
  return function()
    return wrk.format("GET", list[math.random(#list)])
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"microseconds":%d,"errors":%d,"p99":%d}\n', summary.requests, summary.duration,
    errors.status + errors.read + errors.write + errors.timeout + errors.connect, latency:percentile(99)))
end
