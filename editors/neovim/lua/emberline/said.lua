--- What the user was told lately: the server tells by a message what it also answers.

local M = {}

local KEPT = 20

local texts = {} ---@type string[] the newest last
local count = 0

---@param text string
function M.add(text)
  count = count + 1
  table.insert(texts, text)
  if #texts > KEPT then
    table.remove(texts, 1)
  end
end

--- How many there have been, for `contains`.
---@return integer
function M.count()
  return count
end

--- Whether these words were in something told after that many.
---@param words string
---@param since integer
---@return boolean
function M.contains(words, since)
  for back = 0, math.min(count - since, #texts) - 1 do
    if texts[#texts - back]:find(words, 1, true) then
      return true
    end
  end
  return words == ''
end

return M
