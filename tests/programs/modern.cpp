// C++20 without exceptions: concepts, ranges, coroutines, containers, strings, formatting by streams, virtual calls,
// templates, atomics and a little numerics. Containers whose order is not said are sorted before they are printed.
#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <concepts>
#include <coroutine>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <iomanip>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <ranges>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

template <typename T>
concept Number = std::integral<T> || std::floating_point<T>;

template <Number T>
T dot(std::span<const T> a, std::span<const T> b)
{
    return std::inner_product(a.begin(), a.end(), b.begin(), T{});
}

// A generator by hand.
struct Fibonacci {
    struct promise_type {
        std::uint64_t value = 0;
        Fibonacci get_return_object() { return Fibonacci{ std::coroutine_handle<promise_type>::from_promise(*this) }; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        std::suspend_always yield_value(std::uint64_t v)
        {
            value = v;
            return {};
        }
        void return_void() {}
        void unhandled_exception() {}
    };
    std::coroutine_handle<promise_type> handle;
    explicit Fibonacci(std::coroutine_handle<promise_type> h) : handle(h) {}
    Fibonacci(const Fibonacci &) = delete;
    ~Fibonacci() { handle.destroy(); }
    bool next()
    {
        handle.resume();
        return !handle.done();
    }
};

static Fibonacci fibonacci(int n)
{
    std::uint64_t a = 0, b = 1;
    for (int i = 0; i < n; i++) {
        co_yield a;
        a = std::exchange(b, a + b);
    }
}

struct Shape {
    virtual ~Shape() = default;
    virtual double area() const = 0;
    virtual std::string name() const { return "shape"; }
};
struct Circle final : Shape {
    double r;
    explicit Circle(double radius) : r(radius) {}
    double area() const override { return 3.14159265358979 * r * r; }
    std::string name() const override { return "circle"; }
};
struct Square final : Shape {
    double side;
    explicit Square(double s) : side(s) {}
    double area() const override { return side * side; }
};

struct Version {
    int major_, minor_;
    auto operator<=>(const Version &) const = default;
};

template <class... Ts> struct overloaded : Ts... { using Ts::operator()...; };
template <class... Ts> overloaded(Ts...) -> overloaded<Ts...>;

int main(int argc, char **argv)
{
    std::cout << std::fixed << std::setprecision(6);
    const std::vector<double> a{ 1, 2, 3 }, b{ 4, 5, 6 };
    std::cout << "dot " << dot<double>(a, b) << '\n';

    auto fib = fibonacci(40);
    std::uint64_t last = 0;
    while (fib.next()) last = fib.handle.promise().value;
    std::cout << "fib " << last << '\n';

    auto squares = std::views::iota(1, 20) | std::views::filter([](int i) { return i % 3 == 0; }) |
                   std::views::transform([](int i) { return i * i; });
    for (int s : squares) std::cout << s << ' ';
    std::cout << '\n';

    std::vector<std::unique_ptr<Shape>> shapes;
    for (int i = 1; i <= 6; i++) {
        if (i % 2)
            shapes.push_back(std::make_unique<Circle>(i));
        else
            shapes.push_back(std::make_unique<Square>(i));
    }
    std::ranges::sort(shapes, std::greater<>{}, [](const auto &s) { return s->area(); });
    for (const auto &s : shapes) std::cout << s->name() << ' ' << s->area() << (dynamic_cast<Circle *>(s.get()) ? " round\n" : "\n");

    std::mt19937 random(12345);
    std::unordered_map<std::string, int> words;
    for (int i = 0; i < 20000; i++) words["word" + std::to_string(random() % 500)]++;
    std::map<int, std::set<std::string>, std::greater<>> by_count;
    for (const auto &[word, n] : words) by_count[n].insert(word);
    int shown = 0;
    for (const auto &[n, set] : by_count)
        for (const auto &word : set)
            if (shown++ < 5) std::cout << word << " × " << n << '\n';

    std::priority_queue<std::pair<int, int>, std::vector<std::pair<int, int>>, std::greater<>> queue;
    std::array<int, 200> distance;
    distance.fill(1 << 30);
    queue.emplace(distance[0] = 0, 0);
    while (!queue.empty()) {
        auto [d, node] = queue.top();
        queue.pop();
        if (d > distance[node]) continue;
        for (int step : { 1, 7, 13 }) {
            const int to = (node * 3 + step) % 200, cost = d + (node ^ step) % 11 + 1;
            if (cost < distance[to]) queue.emplace(distance[to] = cost, to);
        }
    }
    std::cout << "paths " << std::accumulate(distance.begin(), distance.end(), 0L) << '\n';

    std::vector<std::variant<int, double, std::string>> things{ 1, 2.5, std::string("three") };
    for (const auto &thing : things)
        std::visit(overloaded{ [](int i) { std::cout << "int " << i << '\n'; }, [](double d) { std::cout << "double " << d << '\n'; },
                               [](const std::string &s) { std::cout << "string " << s << '\n'; } },
                   thing);
    std::optional<Version> version = Version{ 1, 2 };
    std::cout << std::boolalpha << (*version < Version{ 1, 10 }) << ' ' << std::popcount(0xf0f0u) << ' '
              << std::bit_cast<std::uint64_t>(1.5) << '\n';

    std::list<int> list(50);
    std::iota(list.begin(), list.end(), 0);
    list.remove_if([](int i) { return i % 2; });
    std::deque<int> deque(list.rbegin(), list.rend());
    std::rotate(deque.begin(), deque.begin() + 5, deque.end());
    std::cout << deque.front() << ' ' << deque.back() << ' ' << list.size() << '\n';

    std::ostringstream out;
    out << std::hex << std::setw(8) << std::setfill('0') << 48879 << std::scientific << ' ' << 12345.678;
    std::cout << out.str() << '\n';
    std::istringstream in("10 20 x");
    int first = 0, second = 0, third = -1;
    in >> first >> second >> third;
    std::cout << first + second << ' ' << in.fail() << '\n';

    std::string line;
    std::size_t lines = 0, bytes = 0;
    while (std::getline(std::cin, line)) lines++, bytes += line.size();
    std::cout << "stdin " << lines << ' ' << bytes << ", arguments " << argc - 1;
    for (int i = 1; i < argc; i++) std::cout << ' ' << std::string_view(argv[i]);
    std::cout << std::endl;
    return static_cast<int>(lines % 100);
}
