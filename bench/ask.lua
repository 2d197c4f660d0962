-- For wrk: asks the addresses in a file in turn, with "cold" none of them twice.
-- wrk -s ask.lua URL -- FILE cold|warm FIRST
local targets, cold, number = {}, false, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    targets[#targets + 1] = line
  end
  cold, number = arguments[2] == "cold", tonumber(arguments[3])
end

function request()
  number = number + 1
  local target = targets[number % #targets + 1]
  if cold then
    target = target .. "%0A%23" .. number -- a comment at the end of the query
  end
  return wrk.format("GET", target)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"answers": %d, "seconds": %f, "p50": %f, "p99": %f, "refused": %d, "lost": %d, "late": %d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write, errors.timeout))
end
