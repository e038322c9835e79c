-- Velocity, part 3: members of a set (the payers of a payee, the devices of a payer).
--
-- A set is one string: 12 bytes for each of at most 128 members, refreshed last at the end: hash of
-- the member | hour it was seen last | hash of the payment that brought it. Behind them stands the
-- hour of its counts (4 bytes), and members seen within 24h 7d 30d of it (a byte each, one to
-- spare): a new member is written over it, with what it becomes.
-- The 129th pushes out the first: a count of 128 says "128 or more", smaller ones are exact (for
-- items up to a day late). While all 128 were seen within the present hour, no more are let in.
local COUNTS, ENTRY, LIMIT, HOUR_MS, NONE = 8, 12, 128, 3600000, string.rep('\0', 4)
local EMPTY_SET = string.rep('\0', COUNTS)

-- Whether what was seen in hour `seen` lies within 24h, 7d and 30d of `hour`: 1 or 0 each.
local function within(hour, seen)
  local days = (hour - hour % 24 - seen + seen % 24) / 24
  return hour - seen <= 24 and 1 or 0, days <= 7 and 1 or 0, days <= 30 and 1 or 0
end

-- The set at hand, how many of its bytes are members and how many of those are stored as they are,
-- what is to be put behind them (a long string costs by the byte whenever one is made), and how
-- many members were seen within 24h 7d 30d of the hour `asOf`.
local set, last, stored, tail, asOf, a, b, c

local function countWithin(hour)
  local p, q, r = 0, 0, 0
  for at = 1, last, ENTRY do
    local x, y, z = within(hour, (unpack('<I4', set, at + 4)))
    p, q, r = p + x, q + y, r + z
  end
  return p, q, r
end

-- Where a member stands, or nothing.
local function memberAt(member)
  local at = find(set, member, 1, true)
  while at and (at - 1) % ENTRY ~= 0 do at = find(set, member, at + 1, true) end
  return at and at <= last and at
end

-- Lets go of members from one place to another.
local function drop(from, to)
  set, last, stored = sub(set, 1, from - 1) .. sub(set, to + 1, last), last - (to - from + 1), 0
end

-- Lets go of those at the front that no window reaches any more, nor did a day before. The set is
-- written as a whole then: that renews its time to live.
local function dropOld(hour)
  local at = 1
  while at < last and select(3, within(hour - 24, (unpack('<I4', set, at + 4)))) == 0 do
    at = at + ENTRY
  end
  drop(1, at - 1)
end

local function tally(seen, by)
  local p, q, r = within(asOf, seen)
  a, b, c = a + by * p, b + by * q, c + by * r
end

-- Puts a member at the end, from where it stood if it was there. A set that is full of members of
-- this very hour stays as it is: another would change no count for a day. False then.
local function join(member, hour, place, bringer)
  if not place and last >= LIMIT * ENTRY then
    place = 1
    if unpack('<I4', set, place + 4) >= hour then return false end
  end
  if place then
    tally((unpack('<I4', set, place + 4)), -1)
    drop(place, place + ENTRY - 1)
  end
  tail = tail .. member .. pack('<I4', hour) .. bringer
  tally(hour, 1)
  return true
end

-- Answers every item of a visit, 4 bytes each: members within 24h 7d 30d, and whether its own is
-- new (255: it has none). Those that were counted now join the set.
local function meet(name, packed, stride, offset, now, counting, out)
  local changed = false
  set, tail = redis.call('GET', name) or EMPTY_SET, ''
  last = #set - COUNTS
  stored = last
  asOf, a, b, c = unpack('<I4BBB', set, last + 1)

  for position = FIRST, #packed, stride do
    local at = unpack('<d', packed, position)
    local hour = (at - at % HOUR_MS) / HOUR_MS
    if tail ~= '' then
      set = sub(set, 1, last) .. tail
      last, tail = #set, ''
    end
    if hour > asOf then
      dropOld(hour)
      asOf = hour
      a, b, c = countWithin(hour)
    end
    local x, y, z, new = a, b, c, 255
    if hour < asOf then x, y, z = countWithin(hour) end
    local member = sub(packed, position + offset, position + offset + 3)
    if member ~= NONE then
      local place = memberAt(member)
      local seen = place and unpack('<I4', set, place + 4)
      local known = place and (seen >= hour or select(3, within(hour, seen)) == 1)
      new = known and 0 or 1
      if now[(position - FIRST) / stride + 1] then
        if not place or seen < hour then
          local bringer = known and sub(set, place + 8, place + 11)
          local id = sub(packed, position + 26, position + 29)
          changed = join(member, hour, place, bringer or id) or changed
        end
      elseif counting and place
        and sub(set, place + 8, place + 11) == sub(packed, position + 26, position + 29) then
        -- It comes again: its member was new to it.
        local p, q, r = within(hour, seen)
        x, y, z, new = x - p, y - q, z - r, 1
      end
    end
    out[#out + 1] = char(x, y, z, new)
  end

  if changed then
    local counts = pack('<I4BBBB', asOf, a, b, c, 0)
    if stored == 0 then
      redis.call('SET', name, sub(set, 1, last) .. tail .. counts, 'PX', KEEP_MS)
    else
      redis.call('SETRANGE', name, stored, sub(set, stored + 1, last) .. tail .. counts)
    end
  end
end
