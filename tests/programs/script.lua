-- What Lua's own machinery leans on: protected calls and errors (setjmp), coroutines, closures, metatables, strings,
-- numbers, files and the collector. Prints no addresses and no times.

local function section(name) print("== " .. name) end

section "errors"
print(pcall(error, "message", 0))
print(select("#", pcall(error)))
print(pcall(function() local t = nil; return t.x end))
print(xpcall(function() error({ code = 42 }) end, function(e) return "handled " .. e.code end))
local depth = 0
local function deep(n) if n == 0 then error("bottom", 0) end deep(n - 1) end
for i = 1, 2000 do
  local ok, message = pcall(deep, i % 50)
  if not ok and message == "bottom" then depth = depth + 1 end
end
print("caught", depth)
local ok, message = pcall(function() local function f() return 1 + f() end return f() end)
print(ok, (message:gsub("^.-:%d+: ", ""):sub(1, 14)))
print(pcall(string.rep, "x", -1))
do
  local closed = {}
  local ok = pcall(function()
    local a <close> = setmetatable({}, { __close = function(_, e) closed[#closed + 1] = tostring(e) end })
    error("while open", 0)
  end)
  print(ok, closed[1])
end

section "coroutines"
local function generate(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i) end return "end" end) end
local next_value = generate(3)
print(next_value(), next_value(), next_value(), next_value())
local co = coroutine.create(function(...) local a = coroutine.yield(...) error("in coroutine " .. a, 0) end)
print(coroutine.resume(co, 1, 2, 3))
print(coroutine.resume(co, "x"))
print(coroutine.status(co), coroutine.resume(co))
local sum = 0
for round = 1, 200 do
  local c = coroutine.wrap(function() for i = 1, 10 do pcall(function() coroutine.yield(i) end) end return 0 end)
  for _ = 1, 10 do sum = sum + c() end
end
print("sum", sum)

section "tables"
local t = {}
for i = 1, 5000 do t[i] = (i * 7919) % 5003 end
table.sort(t)
print(#t, t[1], t[2500], t[5000])
table.sort(t, function(a, b) return a > b end)
print(t[1], t[5000], table.concat(t, ",", 1, 5))
print(table.unpack({ 1, 2, nil, 4 }, 1, 4))
local count = 0
for k in pairs(setmetatable({ a = 1, b = 2 }, { __index = t })) do count = count + 1 end
print(count, next({}))
local vector = setmetatable({}, { __call = function(_, x, y)
  return setmetatable({ x = x, y = y }, { __add = function(a, b) return a.x + b.x + a.y + b.y end,
    __eq = function() return true end, __lt = function(a, b) return a.x < b.x end, __tostring = function(v) return "<" .. v.x .. ">" end,
    __len = function() return 2 end, __concat = function() return "joined" end })
end })
print(vector(1, 2) + vector(3, 4), vector(1, 2) == vector(5, 6), vector(1, 0) < vector(2, 0), tostring(vector(9, 9)), #vector(0, 0), vector(1, 1) .. "x")

section "strings"
print(("hello world"):upper(), ("%5.2f|%-6s|%06d|%x|%q"):format(math.pi, "ab", -42, 48879, "a\nb"))
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"))
print(("abc"):rep(3, "-"), ("x"):byte(), utf8.char(228, 8364, 128512), #utf8.char(128512))
print((("the quick brown fox"):gsub("%w+", function(w) return w:sub(1, 1):upper() .. w:sub(2) end)))
print(string.pack("<i4d", 7, 0.5):byte(1, -1))
print(string.unpack("<i4d", string.pack("<i4d", -7, 0.25)))
print(load("return 1 + 2 * 3")(), load("syntax error here"))

section "numbers"
print(7 // 2, -7 // 2, 7 % -3, 2 ^ 0.5, 1 / 0, -1 / 0, 3 | 8, ~0, 1 << 62, 5 // 0.0)
print(math.maxinteger + 1 == math.mininteger, math.type(1), math.type(1.0), math.tointeger(3.0), "10" + 5)
print(string.format("%.17g %.17g %.17g", math.sin(1), math.exp(1), math.fmod(-7, 3)))
print(pcall(function() return 1 // 0 end))
local x = 0
for i = 1, 100000 do x = (x * 31 + i) % 1000003 end
print(x)

section "files"
local name = arg[1] or "lua.tmp"
local f = assert(io.open(name, "w"))
for i = 1, 100 do f:write("line ", i, "\n") end
print(f:seek("cur"), f:close())
local lines, bytes = 0, 0
for line in io.lines(name) do lines, bytes = lines + 1, bytes + #line end
print(lines, bytes)
f = assert(io.open(name, "r+"))
f:seek("set", 5)
f:write("X")
f:seek("set", 0)
print(f:read("l"), f:read("n", "l"))
f:close()
print(os.remove(name), (io.open(name)))

section "memory"
local weak = setmetatable({}, { __mode = "k" })
for i = 1, 100 do weak[{}] = i end
collectgarbage()
collectgarbage()
print(next(weak))
local finalised = 0
for i = 1, 50 do setmetatable({}, { __gc = function() finalised = finalised + 1 end }) end
collectgarbage()
collectgarbage()
print("finalised", finalised)
os.exit(7)
