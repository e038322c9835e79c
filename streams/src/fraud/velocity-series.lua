-- Velocity, part 2: what a visit does with a series: counts and answers, or looks.
--
-- Idempotence: an id in the ring, or an offset not above its source's (nor later than its latest
-- time: a topic made anew starts its offsets again), adds nothing. The ring gives the first answer
-- again, word for word; behind it the answer is what the buckets say now less the item itself.
local HEAD, HEAD_AT, SOURCES_AT, SOURCE, ITEM, RING = '<I4ddI4I2I2', 125, 153, 18, 12, 8
local ANSWERS = { [0] = 'r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7' }
local NO_WINDOWS = string.rep('\0', 60)

-- Where among pieces of so many bytes the one stands that begins with `what`, or nothing.
local function placeOf(pieces, what, length)
  local at = find(pieces, what, 1, true)
  while at and (at - 1) % length ~= 0 do at = find(pieces, what, at + 1, true) end
  return at
end

-- The series at hand: its windows as they are written, items since, the time of the first, how
-- many were counted, which series of outcomes its entity has, its sources and ring, and the newest
-- of the smallest buckets.
local windows, since, sinceSum, first, counted, has, sources, ring, newestSmall

-- Takes a series to hand; false when nothing was counted.
local function open(name)
  series, cache, dirty, totals, newest = name, nil, nil, nil, nil
  local state, known = redis.call('GET', name), nil
  counted, has = 0, 0
  if state then since, sinceSum, first, counted, known, has = unpack(HEAD, state, HEAD_AT) end
  if counted == 0 then
    windows, since, sinceSum, first, sources, ring = NO_WINDOWS, 0, 0, 0, '', ''
    newestSmall = -1
    return false
  end
  local ringAt = SOURCES_AT + SOURCE * known
  windows, newestSmall = sub(state, 1, 60), unpack('<I4', state, 61)
  sources, ring = sub(state, SOURCES_AT, ringAt - 1), sub(state, ringAt)
  return state
end

-- What an item of the ring was told about those since before it; below zero when it came before
-- `since` began. Each item that is counted on time is one more of both.
local function sinceBefore(place)
  local slot = (place - 1) / ITEM
  local number = counted - 1 - (counted - 1 - slot) % RING
  return since - counted + number, (unpack('<d', ring, place + 4))
end

-- Windows as they are written, with so many more in all of them.
local function written(more, amount)
  local t = totals
  return pack(TOTALS, t[1] + more, t[2] + amount, t[3] + more, t[4] + amount, t[5] + more,
    t[6] + amount, t[7] + more, t[8] + amount, t[9] + more, t[10] + amount)
end

-- Unpacks windows and buckets, and counts into them what came since. Answers that lean on it are
-- kept as they were given.
local function settle(state, at)
  if not totals then
    cache, dirty = {}, {}
    if state then
      totals, newest = { unpack(TOTALS, state) }, { unpack(BUCKETS, state, 61) }
    else
      local index = bucketsOf(at)
      totals = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
      newest = { index[1], 0, 0, index[2], 0, 0, index[3], 0, 0, index[4], 0, 0 }
    end
  end
  if since == 0 then return end
  for place = 1, #ring, ITEM do
    local count, amount = sinceBefore(place)
    if count >= 0 then put(ANSWERS[(place - 1) / ITEM], written(count, amount)) end
  end
  add(since, sinceSum)
  since, sinceSum = 0, 0
end

local function save(moved, renew)
  local head = pack(HEAD, since, sinceSum, first, counted, #sources / SOURCE, has)
  local tail = head .. sources .. ring
  if moved then
    redis.call('SETRANGE', series, '0', windows .. pack(BUCKETS, _G.unpack(newest, 1, 12)) .. tail)
  else
    redis.call('SETRANGE', series, '124', tail)
  end
  local made = 0
  if dirty and next(dirty) then
    local write = {}
    for at, value in pairs(dirty) do
      write[#write + 1] = at
      write[#write + 1] = value
    end
    made = redis.call('HSET', past(), _G.unpack(write))
  end
  if renew then redis.call('PEXPIRE', series, KEEP_MS) end
  if renew or made > 0 then redis.call('PEXPIRE', past(), KEEP_MS) end
end

-- What the windows would hold without this item.
local function less(answer, amount)
  for i = 1, 9, 2 do
    if answer[i] > 0 then
      answer[i], answer[i + 1] = answer[i] - 1, math.max(0, answer[i + 1] - amount)
    end
  end
  return pack(TOTALS, _G.unpack(answer, 1, 10))
end

-- Brings windows and buckets up to a time that is not in the newest of all buckets. Returns what a
-- late item is answered, and its buckets; and whether the day has moved on.
local function turn(state, at)
  settle(state, at)
  local index, late, day = advance(at)
  windows, newestSmall = written(0, 0), newest[1]
  if not late then return nil, nil, day end
  return answerLate(index), index, day
end

-- The answer that an item of the ring was given: windows, and what was to be added.
local function answerOf(place)
  local before, sum = sinceBefore(place)
  if before >= 0 then return windows, before, sum end
  if not cache then cache, dirty = {}, {} end
  return field(ANSWERS[(place - 1) / ITEM]), 0, 0
end

-- Counts an item that was answered with `words`; one that is late in its own buckets.
local function take(id, at, amount, late, words)
  local slot = counted % RING * ITEM
  ring = sub(ring, 1, slot) .. id .. pack('<d', sinceSum) .. sub(ring, slot + ITEM + 1)
  counted = counted + 1
  if at < first then first = at end
  if not late then
    since, sinceSum = since + 1, sinceSum + amount
    return
  end
  put(ANSWERS[slot / ITEM], words)
  for k = 1, 4 do count(k, late[k], amount) end
  windows = written(0, 0)
end

-- Keeps how far a source has been counted, and when.
local function mark(guard, source, record, latest)
  local piece = pack('<dd', record, latest)
  if guard then
    sources = sub(sources, 1, guard + 1) .. piece .. sub(sources, guard + SOURCE)
  else
    sources = sources .. source .. piece
  end
end

-- Answers every item of a visit, 81 bytes each, and counts it unless `counting` is false.
-- Returns which items were counted now, by their place, and whether the series is kept anew.
local function visit(name, packed, stride, counting, out)
  local state = open(name)
  local touched, moved, renew, now = false, not state, not state, {}

  for position = FIRST, #packed, stride do
    local at, amount, _, record = unpack('<ddI2d', packed, position)
    local lateAnswer, late, day
    if not state and not touched then first = at end
    if (at - at % 100000) / 100000 ~= newestSmall then
      lateAnswer, late, day = turn(state, at)
      moved, renew = true, renew or day
    end
    local words, before, sum = windows, since, sinceSum
    if late then words = pack(TOTALS, _G.unpack(lateAnswer, 1, 10)) end

    local counts = false
    if counting then
      local id = sub(packed, position + 26, position + 29)
      local source = sub(packed, position + 16, position + 17)
      local place, guard = placeOf(ring, id, ITEM), placeOf(sources, source, SOURCE)
      local last, latest = -1, -1
      if guard then last, latest = unpack('<dd', sources, guard + 2) end
      if place then
        words, before, sum = answerOf(place)
      elseif record > last or at > latest then
        counts = true
        take(id, at, amount, late, words)
      else
        settle(state, at)
        windows, moved = written(0, 0), true
        words, before, sum = less(lateAnswer or { _G.unpack(totals, 1, 10) }, amount), 0, 0
      end
      -- A duplicate at a new offset: that offset must not count when it comes again.
      if counts or place and record > last then
        mark(guard, source, record, at > latest and at or latest)
        touched = true
      end
    end
    now[#now + 1] = counts
    out[#out + 1] = words
    local age = at > first and at - first or 0
    out[#out + 1] = pack('<I4ddB', before, sum, (age - age % 1000) / 1000, counts and 0 or 1)
  end

  if touched then save(moved, renew) end
  return now, touched and renew
end

-- What a series holds at the time of each item, 72 bytes each. Changes nothing.
local function look(name, packed, stride, out)
  local state = open(name)
  for position = FIRST, #packed, stride do
    if state then
      local at = unpack('<d', packed, position)
      local answer
      if (at - at % 100000) / 100000 ~= newestSmall then
        answer = turn(state, at)
        answer = answer and pack(TOTALS, _G.unpack(answer, 1, 10))
      end
      out[#out + 1] = answer or windows
      out[#out + 1] = pack('<I4d', since, sinceSum)
    else
      out[#out + 1] = NOTHING
    end
  end
end

-- Whether a series of outcomes, given by its bit, is among those that are known.
local function hasOutcomes(known, bit)
  return known % (bit + bit) >= bit
end

-- Notes at an entity that it has a series of outcomes, so that nobody looks for what is not there.
-- It is kept for as long as that series.
local function note(name, bit, renewed)
  open(name)
  local noted = hasOutcomes(has, bit)
  if not noted then redis.call('SETRANGE', name, '150', pack('<I2', has + bit)) end
  if renewed or not noted then redis.call('PEXPIRE', name, KEEP_MS) end
end
