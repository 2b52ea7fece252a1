-- Values as text, for people: tables with what is in them, nothing that is
-- different in each run.  Called with a value, returns a string.
local type, next, rawlen, rawget, tostring, getmetatable = type, next, rawlen, rawget, tostring, debug.getmetatable
local format, rep, gsub, find, byte = string.format, string.rep, string.gsub, string.find, string.byte
local concat, sort, mtype, getinfo = table.concat, table.sort, math.type, debug.getinfo
local iotype = io.type

local WIDTH, DEPTH, ITEMS, ALL, LONGEST, SHORT = 76, 6, 100, 2000, 1000, 16

local reserved = {}
for word in string.gmatch([[and break do else elseif end false for function goto if in
    local nil not or repeat return then true until while]], "%a+") do
	reserved[word] = true
end

local escapes = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ["\\"] = "\\\\", ['"'] = '\\"' }

local function quoted(s)
	local cut = #s > LONGEST and #s - LONGEST
	if cut then s = string.sub(s, 1, LONGEST) end
	s = gsub(s, '[%c\\"\127]', function(c) return escapes[c] or format("\\%03d", byte(c)) end)
	return '"' .. s .. '"' .. (cut and format("... (%d more bytes)", cut) or "")
end

local function of_function(f)
	local d = getinfo(f, "S")
	if d.what == "C" then return "function of C" end
	return format("function of %s, line %d", d.short_src, d.linedefined)
end

local kinds = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
	local ka, kb = kinds[type(a)] or 4, kinds[type(b)] or 4
	if ka ~= kb then return ka < kb end
	if ka <= 2 then return a < b end
	return tostring(a) < tostring(b)
end

local show

local function key(k, state, depth)
	if type(k) == "string" and find(k, "^[%a_][%w_]*$") and not reserved[k] then return k end
	return "[" .. show(k, state, depth + 1) .. "]"
end

-- The texts of a table's items: those of the list first, then others by their keys.
local function items(t, state, depth)
	local list, keys, n = {}, {}, rawlen(t)
	for i = 1, n do
		if #list == ITEMS or state.left == 0 then break end
		state.left = state.left - 1
		list[#list + 1] = show(rawget(t, i), state, depth + 1)
	end
	local left, first = n - #list, #list
	for k in next, t do
		if not (mtype(k) == "integer" and k >= 1 and k <= n) then keys[#keys + 1] = k end
	end
	sort(keys, before)
	for i, k in next, keys do
		if #list >= ITEMS or state.left == 0 then
			left = left + #keys - i + 1
			break
		end
		state.left = state.left - 1
		list[#list + 1] = key(k, state, depth) .. " = " .. show(rawget(t, k), state, depth + 1)
	end
	if left > 0 then
		list[#list + 1] = format("... (%d more)", left)
		first = first + (first == #list - 1 and 1 or 0)
	end
	return list, first
end

-- The first items, if they are short, stand side by side, as many as go on a line.
local function filled(list, first, width)
	local lines, n = {}, 0
	for i = 1, first do
		if #list[i] > SHORT or find(list[i], "\n", 1, true) then return list end
	end
	for i, item in next, list do
		if n > 0 and i <= first and #lines[n] + 2 + #item < width then
			lines[n] = lines[n] .. ", " .. item
		else
			n = n + 1
			lines[n] = item
		end
	end
	return lines
end

local function of_table(t, state, depth)
	if state.open[t] then return "{...}" end
	if depth == DEPTH then return next(t) == nil and "{}" or "{...}" end
	state.open[t] = true
	local list, first = items(t, state, depth)
	state.open[t] = nil
	local line = concat(list, ", ")
	if #line + 2 * depth <= WIDTH and not find(line, "\n", 1, true) then return "{" .. line .. "}" end
	local indent = rep("  ", depth + 1)
	list = filled(list, first, WIDTH - #indent)
	return "{\n" .. indent .. concat(list, ",\n" .. indent) .. "\n" .. rep("  ", depth) .. "}"
end

function show(v, state, depth)
	local kind, meta = type(v), getmetatable(v)
	if kind == "string" then return quoted(v) end
	if kind == "table" and type(meta) ~= "table" then return of_table(v, state, depth) end
	if iotype(v) then return iotype(v) end
	if type(meta) == "table" and rawget(meta, "__tostring") ~= nil then return tostring(v) end
	if kind == "table" then
		local name = rawget(meta, "__name")
		return (type(name) == "string" and name .. " " or "") .. of_table(v, state, depth)
	end
	if kind == "function" then return of_function(v) end
	if kind == "userdata" then
		local name = type(meta) == "table" and rawget(meta, "__name")
		return type(name) == "string" and name or "userdata"
	end
	if kind == "thread" then return "thread" end
	return tostring(v)
end

return function(v)
	if type(v) == "string" then return v end
	return show(v, { open = {}, left = ALL }, 0)
end
