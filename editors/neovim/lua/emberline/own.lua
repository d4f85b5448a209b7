--- Ghost text of our own: asks after a keystroke, draws the answer, keeps it while the user types what it says.
--- For Neovim 0.11, and for 0.12 with `ghost = 'own'`.

local apply = require('emberline.apply')
local ghost = require('emberline.ghost')
local others = require('emberline.others')
local suggestion = require('emberline.suggestion')

local METHOD = 'textDocument/inlineCompletion'
local INVOKED, AUTOMATIC = 1, 2

local M = {}

---@class emberline.Session everything about the one place where the user types
---@field bufnr integer|nil
---@field all emberline.Suggestion[] the last answer
---@field index integer which of them is drawn
---@field chosen boolean the user picked it among alternatives: nothing may replace it unasked
---@field seen table<emberline.Suggestion, true> told to the server as shown
---@field place string|nil text version and cursor last looked at
---@field dismissed integer|nil changedtick at which the user waved it away
---@field question { client: vim.lsp.Client, id: integer }|nil asked and not yet answered
---@field ticket integer grows with every question; an answer to an older one is void
local session = { all = {}, index = 1, chosen = false, seen = {}, ticket = 0 }

local timer = assert(vim.uv.new_timer())
local delay_ms, beside_menu = 30, false
local attached = {} ---@type table<integer, integer> autocommand group by buffer

---@return [integer, integer] # 0-based row and byte column
local function cursor()
  local position = vim.api.nvim_win_get_cursor(0)
  return { position[1] - 1, position[2] }
end

---@return vim.lsp.Client|nil
local function client_of(bufnr)
  return vim.lsp.get_clients({ bufnr = bufnr, name = 'emberline' })[1]
end

--- Ghost text would be wrong or in the way: not typing, beside a completion menu unless it is wanted there, or in a
--- macro, where <Tab> must mean the same in every run.
local function unwelcome()
  return vim.api.nvim_get_mode().mode:sub(1, 1) ~= 'i'
    or not beside_menu and others.menu_is_open()
    or vim.fn.reg_recording() ~= ''
    or vim.fn.reg_executing() ~= ''
end

local function stop_asking()
  timer:stop()
  session.ticket = session.ticket + 1
  local question = session.question
  session.question = nil
  if question and not question.client:is_stopped() then
    question.client:cancel_request(question.id)
  end
end

local function forget()
  if session.bufnr then
    ghost.clear(session.bufnr)
  end
  session.all, session.index, session.chosen, session.seen = {}, 1, false, {}
end

--- The suggestion to draw and how it fits, or nil.
---@return emberline.Suggestion|nil, emberline.Fit|nil
local function current()
  local bufnr = vim.api.nvim_get_current_buf()
  local chosen = session.all[session.index]
  if not chosen or session.bufnr ~= bufnr or unwelcome() then
    return nil
  end
  local fit = suggestion.fit(chosen, bufnr, cursor())
  if fit then
    return chosen, fit
  end
end

---@param chosen emberline.Suggestion
---@param fit emberline.Fit
local function draw(chosen, fit)
  local hint = session.chosen and ('  (%d/%d)'):format(session.index, #session.all) or ''
  ghost.draw(session.bufnr, fit, hint)
  local client = vim.lsp.get_client_by_id(chosen.client_id)
  if client and not session.seen[chosen] then
    session.seen[chosen] = true
    client:notify('textDocument/didShowCompletion', { item = chosen.item })
  end
end

--- The answer's items that fit here and now.
---@return emberline.Suggestion[]
local function readable(result, client, bufnr, position)
  local line = vim.api.nvim_get_current_line()
  local found = {}
  for _, item in ipairs(result.items or result) do
    local one = suggestion.of(item, client, line, position)
    if one and suggestion.fit(one, bufnr, position) then
      found[#found + 1] = one
    end
  end
  return found
end

--- Where among the new suggestions the one on the screen is; 0 if nowhere.
---@param found emberline.Suggestion[]
---@param shown emberline.Fit|nil
local function place_of(shown, found, bufnr, position)
  for i, one in ipairs(shown and found or {}) do
    local fit = assert(suggestion.fit(one, bufnr, position))
    if fit.rest == shown.rest and fit.replaced == shown.replaced then
      return i
    end
  end
  return 0
end

--- Whether the answer says nothing that the ghost text on the screen does not say: then that stays as it is.
---@param shown emberline.Fit|nil
---@param found emberline.Suggestion[]
local function adds_nothing(shown, found, bufnr, position)
  if not shown or #found > 1 then
    return false
  end
  local fit = found[1] and assert(suggestion.fit(found[1], bufnr, position))
  return not fit or (fit.replaced == shown.replaced and vim.startswith(shown.rest, fit.rest))
end

---@param found emberline.Suggestion[]
---@param step integer 0: the best one; otherwise that many away from the one shown
local function adopt(found, step, bufnr, position)
  local _, shown = current()
  if step == 0 and (session.chosen and shown or adds_nothing(shown, found, bufnr, position)) then
    return
  end
  if #found == 0 then
    return -- no alternatives; what is shown, if anything, still fits
  end
  local place = place_of(shown, found, bufnr, position)
  forget()
  session.bufnr, session.all = bufnr, found
  session.chosen = step ~= 0 and #found > 1
  if step ~= 0 and (place > 0 or step < 0) then
    session.index = (math.max(place, 1) - 1 + step) % #found + 1
  end
  local chosen, fit = current()
  if chosen and fit then
    draw(chosen, fit)
  end
end

---@param kind integer lsp.InlineCompletionTriggerKind
---@param step integer see `adopt`
local function ask(kind, step)
  stop_asking()
  local bufnr = vim.api.nvim_get_current_buf()
  local client = client_of(bufnr)
  if not client or unwelcome() then
    return
  end
  local ticket, tick, position = session.ticket, vim.api.nvim_buf_get_changedtick(bufnr), cursor()
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.textDocument.version = vim.lsp.util.buf_versions[bufnr]
  params.context = { triggerKind = kind }
  local sent, id = client:request(METHOD, params, function(err, result)
    if ticket ~= session.ticket then
      return
    end
    session.question = nil
    local moved = bufnr ~= vim.api.nvim_get_current_buf()
      or tick ~= vim.api.nvim_buf_get_changedtick(bufnr)
      or not vim.deep_equal(position, cursor())
    -- Whatever moved the cursor is about to ask again.
    if not err and result and not moved and not unwelcome() then
      adopt(readable(result, client, bufnr, position), step, bufnr, position)
    end
  end, bufnr)
  if sent and id then
    session.question = { client = client, id = id }
  end
end

local function ask_soon()
  stop_asking()
  local ticket = session.ticket
  timer:start(
    delay_ms,
    0,
    vim.schedule_wrap(function()
      if ticket == session.ticket then
        ask(AUTOMATIC, 0)
      end
    end)
  )
end

--- Bring the screen up to date with buffer and cursor.
local function update()
  local bufnr = vim.api.nvim_get_current_buf()
  if session.bufnr and session.bufnr ~= bufnr then
    forget()
  end
  session.bufnr = bufnr
  if unwelcome() then
    ghost.clear(bufnr)
    stop_asking()
    session.place = nil
    return
  end
  local tick = vim.api.nvim_buf_get_changedtick(bufnr)
  local place = ('%d %d %s'):format(bufnr, tick, table.concat(cursor(), ':'))
  if session.place == place then
    return -- one keystroke raises several events
  end
  session.place = place
  local chosen, fit = current()
  if chosen and fit then
    draw(chosen, fit)
    -- Not for an answer to draw, which is there already: but the model may be writing on, and the server sends a
    -- refresh only for a place that it was asked about.
    ask_soon()
    return
  end
  forget()
  if session.dismissed == tick then
    stop_asking()
  else
    session.dismissed = nil
    ask_soon()
  end
end

local function leave()
  stop_asking()
  forget()
  session.place, session.dismissed = nil, nil
end

---@return boolean
function M.visible()
  return current() ~= nil
end

---@param cut fun(text: string): string which part to take
---@return boolean # false when there is no ghost text
function M.accept(cut)
  local chosen, fit = current()
  if not chosen or not fit then
    return false
  end
  stop_asking()
  local piece = cut(fit.rest)
  if piece == fit.rest then
    forget()
  end
  apply.insert(chosen, fit, piece)
  update()
  return true
end

---@return boolean
function M.dismiss()
  if not current() then
    return false
  end
  stop_asking()
  forget()
  session.dismissed = vim.api.nvim_buf_get_changedtick(0)
  return true
end

--- Show the alternative `step` away, after asking for alternatives if there are none yet. Without ghost text this
--- asks by hand.
---@param step 1|-1
---@return boolean
function M.cycle(step)
  if not current() or #session.all < 2 then
    session.dismissed = nil
    ask(INVOKED, step)
    return true
  end
  stop_asking()
  session.chosen = true
  local chosen, fit
  repeat -- ends at the one that is shown, if typing has refuted all others
    session.index = (session.index - 1 + step) % #session.all + 1
    chosen, fit = current()
  until chosen and fit
  draw(chosen, fit)
  return true
end

--- The server has something better for this document than what it answered last.
---@param uri string
function M.refresh(uri)
  local bufnr = vim.api.nvim_get_current_buf()
  local waved_away = session.dismissed == vim.api.nvim_buf_get_changedtick(bufnr)
  if vim.uri_from_bufnr(bufnr) ~= uri or session.chosen or waved_away then
    return
  end
  -- A question that is on its way will be answered with the better one anyhow.
  if not timer:is_active() and not session.question then
    ask(AUTOMATIC, 0)
  end
end

---@param bufnr integer
---@param settings emberline.Config
function M.attach(bufnr, settings)
  delay_ms, beside_menu = settings.delay_ms, settings.beside_menu
  local group = vim.api.nvim_create_augroup('emberline.ghost.' .. bufnr, { clear = true })
  attached[bufnr] = group
  vim.api.nvim_create_autocmd(
    { 'TextChangedI', 'TextChangedP', 'CursorMovedI', 'CompleteChanged', 'CompleteDone' },
    { group = group, buffer = bufnr, callback = update }
  )
  others.watch(group, bufnr, update)
  vim.api.nvim_create_autocmd({ 'BufLeave', 'WinLeave' }, { group = group, buffer = bufnr, callback = leave })
  -- Not InsertEnter and InsertLeave: <C-c> and <C-o> leave without them.
  vim.api.nvim_create_autocmd('ModeChanged', {
    group = group,
    callback = function()
      if vim.api.nvim_get_current_buf() ~= bufnr then
        return
      end
      if vim.api.nvim_get_mode().mode:sub(1, 1) == 'i' then
        others.hook()
        update()
      else
        leave()
      end
    end,
  })
  if vim.api.nvim_get_current_buf() == bufnr then
    update()
  end
end

---@param bufnr integer
function M.detach(bufnr)
  if attached[bufnr] then
    vim.api.nvim_del_augroup_by_id(attached[bufnr])
    attached[bufnr] = nil
  end
  if session.bufnr == bufnr then
    leave()
  end
end

return M
