-- Velocity: reads and counts payments per entity. One call serves many entities of one hash tag.
--
-- KEYS[i]   hash of one entity; all keys carry the same tag, hence one cluster slot
-- ARGV[i]   payments of that entity in arrival order, 30 bytes each, packed '<ddI2dI4':
--           accepted at (ms) | amount (minor units) | source (partition) | offset | hash of the id
-- returns   one string: for each key, for each payment, 89 bytes: 11 doubles (count and sum of the
--           windows 5m 1h 24h 7d 30d, age of the first payment in seconds) and a byte, 1 when the
--           payment had been counted before. A payment is never counted in its own answer.
-- errors    none of its own; those of the server (OOM, READONLY, LOADING, WRONGTYPE) pass through
--
-- The hash of an entity (every value <= 64 bytes, <= 128 fields: it stays a listpack):
--   T        5-minute index, then count and sum of 1h 24h 7d 30d as of that index
--   I        first payment (ms), payments counted, ring of the last 8 id hashes
--   r0..r7   the answers given to those 8
--   g<n>     source n: highest offset counted, and the latest time counted with it
--   q        4 buckets of 100 s; m0..m3, h0..h6, d0..d7: 16 x 5 min, 28 x 1 h, 32 x 1 d, four each
-- A bucket is index, count, sum. Windows hold one bucket more than their name says, so that no
-- payment younger than the window is ever left out.
--
-- Idempotence: an id in the ring, or an offset not above its source's (nor later than its latest
-- time: a topic that was made anew starts its offsets again), adds nothing. The ring gives the
-- first answer again, word for word; behind the ring the answer is what the buckets say now less
-- the payment itself.
local pack, unpack, floor = struct.pack, struct.unpack, math.floor
local RING, ITEM, DAY = 8, 30, 86400000
local EMPTY = string.rep('\0', 64)
-- Refreshed on the first payment of a day, so that an idle entity is kept for at least 32 days.
local KEEP_MS = 33 * DAY

-- Fields of the entity at hand: read in few commands, written back in one.
local key, cache, dirty

local function fetch(names)
  local values = redis.call('HMGET', key, _G.unpack(names))
  for i = 1, #names do cache[names[i]] = values[i] end
end

local function field(name)
  local value = cache[name]
  if value == nil then
    value = redis.call('HGET', key, name)
    cache[name] = value
  end
  return value
end

local function put(name, value)
  cache[name] = value
  dirty[name] = value
end

-- Count and sum of the buckets of one field whose age (in buckets, at `index`) is 0..near, and of
-- those whose age is 0..far.
local function group(value, index, near, far)
  local c, s, fc, fs = 0, 0, 0, 0
  if value then
    for at = 1, 49, 16 do
      local i, n, sum = unpack('<I4I4d', value, at)
      local age = index - i
      if n > 0 and age >= 0 and age <= far then
        fc, fs = fc + n, fs + sum
        if age <= near then c, s = c + n, s + sum end
      end
    end
  end
  return c, s, fc, fs
end

local function groups(prefix, last, index, near, far)
  local missing = {}
  for g = 0, last do
    if cache[prefix .. g] == nil then missing[#missing + 1] = prefix .. g end
  end
  if #missing > 0 then fetch(missing) end
  local c, s, fc, fs = 0, 0, 0, 0
  for g = 0, last do
    local a, b, d, e = group(cache[prefix .. g], index, near, far)
    c, s, fc, fs = c + a, s + b, fc + d, fs + e
  end
  return c, s, fc, fs
end

-- Adds a payment to its bucket; nothing when a newer one has taken the place.
local function add(name, slot, index, amount)
  local value = field(name) or EMPTY
  local at = slot * 16
  local i, n, sum = unpack('<I4I4d', value, at + 1)
  if n > 0 and i > index then return end
  if n == 0 or i < index then n, sum = 0, 0 end
  put(name, value:sub(1, at) .. pack('<I4I4d', index, n + 1, sum + amount) .. value:sub(at + 17))
end

local function visit(packed, out)
  cache, dirty = {}, {}
  local at, _, source = unpack('<ddI2', packed)
  local m = floor(at / 300000)
  local h, d = floor(m / 12), floor(m / 288)
  fetch({ 'T', 'I', 'g' .. source, 'q', 'm' .. floor(m % 16 / 4), 'h' .. floor(h % 28 / 4),
    'd' .. floor(d % 32 / 4) })

  local fresh = not cache.T
  -- Totals of 1h 24h 7d 30d as of 5-minute index tm.
  local tm, c2, s2, c3, s3, c4, s4, c5, s5 = m, 0, 0, 0, 0, 0, 0, 0, 0
  if not fresh then tm, c2, s2, c3, s3, c4, s4, c5, s5 = unpack('<I4I4dI4dI4dI4d', cache.T) end
  local first, counted, ids = at, 0, string.rep('\0', RING * 4)
  if cache.I then
    first, counted = unpack('<dI4', cache.I)
    ids = cache.I:sub(13)
  end
  local touched, renew = false, fresh

  for offset = 1, #packed, ITEM do
    local amount, record, id
    at, amount, source, record, id = unpack('<ddI2dI4', packed, offset)
    m = floor(at / 300000)
    h, d = floor(m / 12), floor(m / 288)

    if m > tm then
      -- The index moved on: what left the windows is found by reading the buckets anew.
      c2, s2 = groups('m', 3, m, 12, 12)
      if h > floor(tm / 12) then c3, s3 = groups('h', 6, h, 24, 24) end
      if d > floor(tm / 288) then
        c4, s4, c5, s5 = groups('d', 7, d, 7, 30)
        renew = true
      end
      tm = m
    end

    local q = floor(at / 100000)
    local a1, b1 = group(field('q'), q, 3, 3)
    local a2, b2, a3, b3, a4, b4, a5, b5 = c2, s2, c3, s3, c4, s4, c5, s5
    if m < tm then
      -- Late: the windows as of its own time.
      a2, b2 = groups('m', 3, m, 12, 12)
      a3, b3 = groups('h', 6, h, 24, 24)
      a4, b4, a5, b5 = groups('d', 7, d, 7, 30)
    end

    local again, counts = nil, false
    for slot = 0, math.min(counted, RING) - 1 do
      if unpack('<I4', ids, slot * 4 + 1) == id then again = slot end
    end
    local guard = field('g' .. source)
    local last, latest = -1, -1
    if guard then last, latest = unpack('<dd', guard) end

    if again then
      a1, b1, a2, b2, a3, b3, a4, b4, a5, b5 = unpack('<I4dI4dI4dI4dI4d', field('r' .. again))
    elseif record <= last and at <= latest then
      local function less(c, s)
        if c > 0 then return c - 1, math.max(0, s - amount) end
        return 0, 0
      end
      a1, b1 = less(a1, b1)
      a2, b2 = less(a2, b2)
      a3, b3 = less(a3, b3)
      a4, b4 = less(a4, b4)
      a5, b5 = less(a5, b5)
    else
      counts = true
      local slot = counted % RING
      put('r' .. slot, pack('<I4dI4dI4dI4dI4d', a1, b1, a2, b2, a3, b3, a4, b4, a5, b5))
      ids = ids:sub(1, slot * 4) .. pack('<I4', id) .. ids:sub(slot * 4 + 5)
      counted = counted + 1
      put('g' .. source, pack('<dd', record, math.max(at, latest)))
      add('q', q % 4, q, amount)
      add('m' .. floor(m % 16 / 4), m % 4, m, amount)
      add('h' .. floor(h % 28 / 4), h % 4, h, amount)
      add('d' .. floor(d % 32 / 4), d % 4, d, amount)
      if tm - m <= 12 then c2, s2 = c2 + 1, s2 + amount end
      if floor(tm / 12) - h <= 24 then c3, s3 = c3 + 1, s3 + amount end
      if floor(tm / 288) - d <= 30 then
        c5, s5 = c5 + 1, s5 + amount
        if floor(tm / 288) - d <= 7 then c4, s4 = c4 + 1, s4 + amount end
      end
      if at < first then first = at end
      touched = true
    end
    out[#out + 1] = pack('<dddddddddddB', a1, b1, a2, b2, a3, b3, a4, b4, a5, b5,
      floor(math.max(0, at - first) / 1000), counts and 0 or 1)
  end

  if touched then
    local write = { 'T', pack('<I4I4dI4dI4dI4d', tm, c2, s2, c3, s3, c4, s4, c5, s5),
      'I', pack('<dI4', first, counted) .. ids }
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
