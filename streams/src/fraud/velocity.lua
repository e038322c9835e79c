-- Velocity: reads and counts payments per entity. One call serves many entities of one hash tag.
--
-- KEYS[i]   hash of one entity; all keys carry the same tag, hence one cluster slot
-- ARGV[i]   payments of that entity in arrival order, 30 bytes each, packed '<ddI2dI4':
--           accepted at (ms) | amount (minor units) | source (partition) | offset | hash of the id
-- returns   one string: for each key, for each payment, 69 bytes, packed '<I4dI4dI4dI4dI4ddB':
--           count and sum of the windows 5m 1h 24h 7d 30d | age of the first payment (s) | 1 when
--           the payment had been counted before. A payment is never counted in its own answer.
-- errors    none of its own; those of the server (OOM, READONLY, LOADING, WRONGTYPE) pass through
--
-- The hash of an entity (every value <= 64 bytes, <= 128 fields: it stays a listpack):
--   T        count and sum of 5m 1h 24h 7d 30d as of the buckets in B
--   B        the newest bucket of each size (100 s, 5 min, 1 h, 1 day): index, count, sum
--   I        first payment (ms), payments counted, ring of the last 8 id hashes
--   r0..r7   the answers given to those 8
--   g<n>     source n: highest offset counted or known again, and the latest time seen with it
--   q0, q1, m0..m3, h0..h6, d0..d7: the buckets behind the newest, four a field
-- The usual payment reads T B I g, writes the same and one r; the buckets behind are touched only
-- when the newest moves on, or by late payments. Windows hold one bucket more than their name says,
-- so that no payment younger than the window is ever left out.
--
-- Event time: a late payment goes into its own bucket while that is in range, and its answer is
-- that of its own time (exact up to 400 s late; later ones may miss what has left the buckets).
--
-- Idempotence: an id in the ring, or an offset not above its source's (nor later than its latest
-- time: a topic made anew starts its offsets again), adds nothing. The ring gives the first answer
-- again, word for word; behind it the answer is what the buckets say now less the payment itself.
local pack, unpack, sub, find = struct.pack, struct.unpack, string.sub, string.find
local RING, ITEM, EMPTY = 8, 30, string.rep('\0', 64)
local TOTALS, BUCKETS = '<I4dI4dI4dI4dI4d', '<I4I4dI4I4dI4I4dI4I4d'
-- Renewed whenever the day moves on, so that an idle entity is kept for at least 32 days.
local KEEP_MS = 33 * 86400000

-- Sizes of buckets: the fields of the older ones, and the greatest ages of the windows they make.
local function size(letter, fields, near, far)
  local names = {}
  for g = 0, fields - 1 do names[g] = letter .. g end
  return { names = names, last = fields - 1, slots = fields * 4, near = near, far = far }
end
local SIZES = {
  size('q', 2, 3, 3), size('m', 4, 12, 12), size('h', 7, 24, 24), size('d', 8, 7, 30),
}

-- The buckets of a time, smallest first.
local function bucketsOf(at)
  -- (x - x % n) / n is the whole quotient; math.floor would cost a call.
  local q = (at - at % 100000) / 100000
  local m = (q - q % 3) / 3
  return { q, m, (m - m % 12) / 12, (m - m % 288) / 288 }
end

-- The entity at hand. Fields are read in few commands and written back in one.
local key, cache, dirty, totals, newest

local function fetch(names)
  local values = redis.call('HMGET', key, _G.unpack(names))
  for i = 1, #names do cache[names[i]] = values[i] end
end

local function field(name)
  if cache[name] == nil then cache[name] = redis.call('HGET', key, name) end
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

-- Windows of a late payment at its own time. Sizes of which it falls into the newest bucket hold.
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

-- The slot of the ring that holds these four bytes, or nothing.
local function slotOf(ids, id)
  local at = find(ids, id, 1, true)
  while at and (at - 1) % 4 ~= 0 do at = find(ids, id, at + 1, true) end
  return at and (at - 1) / 4
end

-- What the windows would hold without this payment.
local function less(answer, amount)
  for i = 1, 9, 2 do
    if answer[i] > 0 then
      answer[i], answer[i + 1] = answer[i] - 1, math.max(0, answer[i + 1] - amount)
    end
  end
end

local function visit(packed, out)
  local _, _, source = unpack('<ddI2', packed)
  local g = 'g' .. source
  cache, dirty = {}, {}
  fetch({ 'T', 'B', 'I', g })
  local fresh, first, counted, ids = not cache.T, 0, 0, ''
  if fresh then
    totals, newest = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
  else
    totals, newest = { unpack(TOTALS, cache.T) }, { unpack(BUCKETS, cache.B) }
    first, counted = unpack('<dI4', cache.I)
    ids = sub(cache.I, 13)
  end
  local touched, renew = false, fresh

  for position = 1, #packed, ITEM do
    local at, amount, from, record = unpack('<ddI2d', packed, position)
    local id = sub(packed, position + 26, position + 29)
    if from ~= source then source, g = from, 'g' .. from end
    local q, index = (at - at % 100000) / 100000, nil
    if fresh and not touched then
      index = bucketsOf(at)
      first, newest = at, { q, 0, 0, index[2], 0, 0, index[3], 0, 0, index[4], 0, 0 }
    end
    local late = q < newest[1]
    if q ~= newest[1] then
      index = bucketsOf(at)
      for k = 1, 4 do
        if index[k] > newest[3 * k - 2] then
          roll(k, index[k])
          renew = renew or k == 4
        end
      end
    end

    local answer = late and answerLate(index) or totals
    local again, guard = slotOf(ids, id), field(g)
    local last, latest = -1, -1
    if guard then last, latest = unpack('<dd', guard) end
    local counts = not again and (record > last or at > latest)
    local words
    if again then
      words = field('r' .. again)
      -- A duplicate at a new offset: that offset must not count when it comes again.
      if record > last then
        put(g, pack('<dd', record, math.max(at, latest)))
        touched = true
      end
    else
      if not counts then
        answer = { _G.unpack(answer, 1, 10) }
        less(answer, amount)
      end
      words = pack(TOTALS, _G.unpack(answer, 1, 10))
    end
    if counts then
      local slot = counted % RING
      put('r' .. slot, words)
      put(g, pack('<dd', record, math.max(at, latest)))
      ids = sub(ids, 1, slot * 4) .. id .. sub(ids, slot * 4 + 5)
      counted = counted + 1
      if late then
        for k = 1, 4 do count(k, index[k], amount) end
      else
        for i = 1, 9, 2 do totals[i], totals[i + 1] = totals[i] + 1, totals[i + 1] + amount end
        for i = 2, 11, 3 do newest[i], newest[i + 1] = newest[i] + 1, newest[i + 1] + amount end
      end
      if at < first then first = at end
      touched = true
    end
    out[#out + 1] = words
    local age = at > first and at - first or 0
    out[#out + 1] = pack('<dB', (age - age % 1000) / 1000, counts and 0 or 1)
  end

  if touched then
    local write = { 'T', pack(TOTALS, _G.unpack(totals, 1, 10)),
      'B', pack(BUCKETS, _G.unpack(newest, 1, 12)), 'I', pack('<dI4', first, counted) .. ids }
    for name, value in pairs(dirty) do
      write[#write + 1] = name
      write[#write + 1] = value
    end
    redis.call('HSET', key, _G.unpack(write))
    if renew then redis.call('PEXPIRE', key, KEEP_MS) end
  end
end

local out = {}
for i = 1, #KEYS do
  key = KEYS[i]
  visit(ARGV[i], out)
end
return table.concat(out)
