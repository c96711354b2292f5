-- A wrk script: sends one request to the paths in the file BENCH_PATHS in turn, and prints the outcome as JSON.
local paths = {}
for line in io.lines(os.getenv("BENCH_PATHS")) do
  paths[#paths + 1] = line
end
local body = os.getenv("BENCH_BODY")
local headers = { ["Content-Type"] = "application/json" }
local threads = 0

function setup(thread)
  thread:set("first", threads * 4999)
  threads = threads + 1
end

function init()
  at = first
end

function request()
  at = at + 1
  return wrk.format("POST", paths[at % #paths + 1], headers, body)
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local line = '{"requests": %d, "seconds": %f, "failed": %d, "p50_ms": %f, "p99_ms": %f}\n'
  local p50, p99 = latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  io.write(string.format(line, summary.requests, summary.duration / 1e6, failed, p50, p99))
end
