-- Velocity, part 1: windows of one series (the payments of an entity, or its outcomes of one kind).
--
-- What every item needs is one string, the state:
--   totals   count and sum of 5m 1h 24h 7d 30d, as of the buckets in `newest`        (60 bytes)
--   newest   the newest bucket of each size (100 s, 5 min, 1 h, 1 day): index, count, sum   (64)
--   head     items since: count and sum of what belongs to all of these and is in none of them
--            yet | first item (ms) | items counted | number of sources | which series of
--            outcomes the entity has, a bit each                                            (28)
--   sources  each with the highest offset counted or known again, and the latest time with it (18)
--   ring     the last 8 items: hash of the id, and the sum of `since` before them      (12 each)
-- The usual item falls into the newest bucket of all sizes: it is one of those since, and nothing
-- but head, sources and ring is written. What others need is a hash under `:past`
-- (every value <= 64 bytes, <= 128 fields: it stays a listpack):
--   r0..r7   the answers given to those of the ring that came before `since` began
--   q0, q1, m0..m3, h0..h6, d0..d7: the buckets behind the newest, four a field
-- They are touched only when the newest moves on, or by late items. Windows hold one bucket more
-- than their name says, so that nothing younger than the window is ever left out.
--
-- Event time: a late item goes into its own bucket while that is in range, and its answer is
-- that of its own time (exact up to 400 s late; later ones may miss what has left the buckets).
local pack, unpack, sub, find = struct.pack, struct.unpack, string.sub, string.find
local byte, char = string.byte, string.char
local EMPTY, NOTHING = string.rep('\0', 64), string.rep('\0', 72)
-- Where the items of a visit begin: behind its header.
local FIRST
local TOTALS, BUCKETS = '<I4dI4dI4dI4dI4d', '<I4I4dI4I4dI4I4dI4I4d'
-- Renewed whenever the day moves on, so that an idle entity is kept for at least 32 days.
-- A text, as names are below: to write a number as one costs more than a look-up.
local KEEP_MS = '2851200000'

-- Sizes of buckets: the fields of the older ones, and the greatest ages of the windows they make.
local function size(fields, near, far, names)
  return { names = names, last = fields - 1, slots = fields * 4, near = near, far = far }
end
local SIZES = {
  size(2, 3, 3, { [0] = 'q0', 'q1' }),
  size(4, 12, 12, { [0] = 'm0', 'm1', 'm2', 'm3' }),
  size(7, 24, 24, { [0] = 'h0', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6' }),
  size(8, 7, 30, { [0] = 'd0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7' }),
}

-- The buckets of a time, smallest first.
local function bucketsOf(at)
  -- (x - x % n) / n is the whole quotient; math.floor would cost a call.
  local q = (at - at % 100000) / 100000
  local m = (q - q % 3) / 3
  return { q, m, (m - m % 12) / 12, (m - m % 288) / 288 }
end

-- The key of the series at hand, fields of its hash, and of its state what is unpacked only when
-- buckets move. Fields are read in few commands and written back in one.
local series, cache, dirty, totals, newest

local function past()
  return series .. ':past'
end

local function fetch(names)
  local values = redis.call('HMGET', past(), _G.unpack(names))
  for i = 1, #names do cache[names[i]] = values[i] end
end

local function field(name)
  if cache[name] == nil then cache[name] = redis.call('HGET', past(), name) end
  return cache[name]
end

local function put(name, value)
  cache[name] = value
  dirty[name] = value
end

-- Sums of the older buckets whose age at `index` is 0..near, and of those whose age is 0..far.
local function sum(of, index)
  local missing = {}
  for g = 0, of.last do
    if cache[of.names[g]] == nil then missing[#missing + 1] = of.names[g] end
  end
  if #missing > 0 then fetch(missing) end
  local c, s, fc, fs = 0, 0, 0, 0
  for g = 0, of.last do
    local value = cache[of.names[g]]
    for at = 1, value and 49 or 0, 16 do
      local i, n, amount = unpack('<I4I4d', value, at)
      local age = index - i
      if n > 0 and age >= 0 and age <= of.far then
        fc, fs = fc + n, fs + amount
        if age <= of.near then c, s = c + n, s + amount end
      end
    end
  end
  return c, s, fc, fs
end

-- Adds to an older bucket; nothing when a newer one has taken its place.
local function store(of, index, count, amount)
  local slot = index % of.slots
  local name, at = of.names[(slot - slot % 4) / 4], slot % 4 * 16
  local value = field(name) or EMPTY
  local i, n, s = unpack('<I4I4d', value, at + 1)
  if n > 0 and i > index then return end
  if i < index then n, s = 0, 0 end
  local bucket = pack('<I4I4d', index, n + count, s + amount)
  put(name, sub(value, 1, at) .. bucket .. sub(value, at + 17))
end

-- The newest bucket of size k becomes `index`: the former joins the older ones, the windows are
-- added up anew.
local function roll(k, index)
  local of, at = SIZES[k], 3 * k
  if newest[at - 1] > 0 then store(of, newest[at - 2], newest[at - 1], newest[at]) end
  newest[at - 2], newest[at - 1], newest[at] = index, 0, 0
  local c, s, fc, fs = sum(of, index)
  totals[2 * k - 1], totals[2 * k] = c, s
  if k == 4 then totals[9], totals[10] = fc, fs end
end

-- Moves the windows on to a time. Returns its buckets, whether it is late, and whether the day has
-- moved on.
local function advance(at)
  local index, moved = bucketsOf(at), false
  local late = index[1] < newest[1]
  for k = 1, 4 do
    if index[k] > newest[3 * k - 2] then
      roll(k, index[k])
      moved = k == 4
    end
  end
  return index, late, moved
end

-- Windows of a late item at its own time. Sizes of which it falls into the newest bucket hold.
local function answerLate(index)
  local answer = { _G.unpack(totals, 1, 10) }
  for k = 1, 4 do
    if index[k] < newest[3 * k - 2] then
      local c, s, fc, fs = sum(SIZES[k], index[k])
      answer[2 * k - 1], answer[2 * k] = c, s
      if k == 4 then answer[9], answer[10] = fc, fs end
    end
  end
  return answer
end

-- Counts into bucket and windows of size k.
local function count(k, index, amount)
  local at, of = 3 * k, SIZES[k]
  local age = newest[at - 2] - index
  if age == 0 then
    newest[at - 1], newest[at] = newest[at - 1] + 1, newest[at] + amount
  else
    store(of, index, 1, amount)
  end
  local c = 2 * k - 1
  if age <= of.near then totals[c], totals[c + 1] = totals[c] + 1, totals[c + 1] + amount end
  if k == 4 and age <= of.far then totals[9], totals[10] = totals[9] + 1, totals[10] + amount end
end

-- Adds items to all windows and to the newest buckets.
local function add(count, amount)
  for i = 1, 9, 2 do totals[i], totals[i + 1] = totals[i] + count, totals[i + 1] + amount end
  for i = 2, 11, 3 do newest[i], newest[i + 1] = newest[i] + count, newest[i + 1] + amount end
end
