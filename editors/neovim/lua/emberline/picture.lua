--- What to draw so that the screen shows the buffer as it will be after accepting. Pure, but for display widths.

---@alias emberline.Chunk [string, string?] text and highlight group

---@class emberline.Mark
---@field col integer byte column, counted from the cursor
---@field chunks emberline.Chunk[]
---@field position 'inline'|'overlay'

---@class emberline.Picture
---@field marks emberline.Mark[] on the cursor's line
---@field lines emberline.Chunk[][] whole lines below it

local M = {}

local GHOST = 'EmberlineGhost'

local width = vim.fn.strdisplaywidth

--- Virtual text knows no tab stops, so tabs become spaces.
---@param text string one line
---@param column integer display column at which it starts
---@param tabstop integer
local function expand(text, column, tabstop)
  local out = {}
  for run, tab in text:gmatch('([^\t]*)(\t?)') do
    out[#out + 1] = run
    column = column + width(run, column)
    if tab ~= '' then
      local spaces = tabstop - column % tabstop
      out[#out + 1] = (' '):rep(spaces)
      column = column + spaces
    end
  end
  return table.concat(out)
end

--- The parts of `new` to put between the characters of `old` so that `new` is what one reads; nil if impossible.
--- Characters are paired from the right: `)` that was there closes what the new text opened first.
---@return emberline.Mark[]|nil
local function weave(new, old)
  local fresh, kept = vim.fn.split(new, '\\zs'), vim.fn.split(old, '\\zs')
  local marks = {} ---@type emberline.Mark[]
  local offset = #old
  local last = #fresh
  local function put(first, col)
    if first <= last then
      local chunks = { { table.concat(fresh, '', first, last), GHOST } }
      table.insert(marks, 1, { col = col, chunks = chunks, position = 'inline' })
    end
  end
  for k = #kept, 1, -1 do
    local at = last
    while at > 0 and fresh[at] ~= kept[k] do
      at = at - 1
    end
    if at == 0 then
      return nil
    end
    put(at + 1, offset)
    last, offset = at - 1, offset - #kept[k]
  end
  put(1, 0)
  return marks
end

--- `new` drawn over `old`: as much as covers it, the rest behind it. Where it is too narrow, blanks are left.
---@param new emberline.Chunk[]
---@param column integer display column of both
---@return emberline.Mark[]
local function cover(new, old, column)
  local room = width(old, column)
  local over, behind = {}, {}
  for _, chunk in ipairs(new) do
    for _, char in ipairs(vim.fn.split(chunk[1], '\\zs')) do
      local cells = width(char)
      local side = (#behind == 0 and cells <= room) and over or behind
      room = side == over and room - cells or room
      side[#side + 1] = { char, chunk[2] }
    end
  end
  over[#over + 1] = room > 0 and { (' '):rep(room) } or nil
  local marks = {}
  if #over > 0 then
    marks[1] = { col = 0, chunks = over, position = 'overlay' }
  end
  if #behind > 0 then
    marks[#marks + 1] = { col = #old, chunks = behind, position = 'inline' }
  end
  return marks
end

---@param fit emberline.Fit
---@param before string the cursor's line up to the cursor
---@param tabstop integer
---@return emberline.Picture
function M.of(fit, before, tabstop)
  local column = width(before)
  local lines = vim.split(fit.rest, '\n', { plain = true })
  local first = expand(table.remove(lines, 1), column, tabstop)
  if #lines == 0 then
    local woven = weave(first, fit.replaced)
    if woven then
      return { marks = woven, lines = {} }
    end
    if width(first) >= width(fit.replaced, column) then
      return { marks = cover({ { first, GHOST } }, fit.replaced, column), lines = {} }
    end
    -- Nothing can be made narrower, so what follows is drawn once more, further left.
    local tail = { expand(fit.tail, column + width(first), tabstop) }
    return { marks = cover({ { first, GHOST }, tail }, fit.replaced .. fit.tail, column), lines = {} }
  end
  local below = vim.tbl_map(function(line)
    return { { expand(line, 0, tabstop), GHOST } }
  end, lines)
  if fit.tail ~= '' then
    local last = below[#below]
    last[2] = { expand(fit.tail, width(last[1][1]), tabstop) }
  end
  -- What follows the cursor ends up behind the last line, so on its own line it is blanked out.
  return { marks = cover({ { first, GHOST } }, fit.replaced .. fit.tail, column), lines = below }
end

return M
