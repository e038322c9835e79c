-- Velocity: reads and counts payments per entity. One call serves many entities of one hash tag.
-- The script is its parts in order: velocity-buckets, velocity-series, velocity-members, this.
--
-- KEYS      the entities, one a visit. Keys of their sets and outcomes are theirs with an ending:
--           they carry the same tag, hence lie in one cluster slot
-- ARGV[1]   the endings: kinds of outcomes first, then names of sets
-- ARGV[i+1] visit i: 0 to look, 1 to count, or 2 to count as outcomes | of this kind | number of
--           sets | number of series of outcomes | their endings, counted from 0 (one byte each),
--           then its items in arrival order, packed '<ddI2dI4' and 4 bytes for each set:
--           accepted at (ms) | amount (minor units) | source (partition) | offset |
--           hash of the id | hashes of the members, 0 for none
-- returns   one string: for each visit
--           for each item 81 bytes, packed '<I4dI4dI4dI4dI4dI4ddB': count and sum of the windows
--           5m 1h 24h 7d 30d | count and sum to be added to each of them | age of the first item
--           (s) | 1 when it was not counted now, 2 when something else stands under its keys
--           then for each set and item 4 bytes: members within 24h 7d 30d |
--           1 new, 0 known, 255 none
--           then for each series of outcomes and item 72 bytes: its windows as above, and what is
--           to be added
--           A payment is never counted in its own answer.
-- errors    none of its own; those of the server (OOM, READONLY, LOADING) pass through
local OUTCOMES = 2

local function serve(name, packed, endings, out)
  local mode, recorded, sets, outcomes = byte(packed, 1, 4)
  local stride = 30 + 4 * sets
  FIRST = 5 + sets + outcomes
  if mode == OUTCOMES then
    local _, renewed = visit(name .. endings[recorded], packed, stride, true, out)
    note(name, 2 ^ recorded, renewed)
    return
  end
  local now = visit(name, packed, stride, mode == 1, out)
  local known = has
  for s = 1, sets do
    local ending = endings[byte(packed, 4 + s)]
    meet(name .. ending, packed, stride, 26 + 4 * s, now, mode == 1, out)
  end
  for o = 5 + sets, FIRST - 1 do
    local kind = byte(packed, o)
    if hasOutcomes(known, 2 ^ kind) then
      look(name .. endings[kind], packed, stride, out)
    else
      for _ = FIRST, #packed, stride do out[#out + 1] = NOTHING end
    end
  end
end

-- What a visit gets whose keys hold something else: nobody else shall miss his answers for that.
local function refuse(packed, out, before)
  local sets, outcomes = byte(packed, 3, 4)
  local items = (#packed - FIRST + 1) / (30 + 4 * sets)
  for i = #out, before + 1, -1 do out[i] = nil end
  out[before + 1] = string.rep(string.rep('\0', 80) .. '\2', items)
  out[before + 2] = string.rep('\0', items * (4 * sets + 72 * outcomes))
end

local out, endings, known = {}, {}, 0
for ending in string.gmatch(ARGV[1], '%S+') do
  endings[known], known = ':' .. ending, known + 1
end
for i = 1, #KEYS do
  local packed, before = ARGV[i + 1], #out
  local served, fault = pcall(serve, KEYS[i], packed, endings, out)
  if not served then
    local told = type(fault) == 'table' and fault.err or fault
    if not find(told, 'WRONGTYPE', 1, true) and not find(told, 'too short', 1, true) then
      return redis.error_reply(told)
    end
    refuse(packed, out, before)
  end
end
return table.concat(out)
