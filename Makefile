# The front door of the source tree. Each target prepares what it needs, then calls one script.

PREFIX ?= /usr/local

.PHONY: help run test check-all bench fuzz guests format install coverage abi-update clean

# Runs a script that may not have been written yet.
attempt = @if [ -x $(firstword $(1)) ]; then $(1); else echo "$(firstword $(1)): nothing to run yet" >&2; exit 1; fi

help:
	@echo 'make run         build the release and run a real program on it'
	@echo 'make test        build and run the tests (under ten minutes)'
	@echo 'make check-all   the same with sanitizers, full sweeps and comparisons (under an hour)'
	@echo 'make bench       measure, and write docs/BENCHMARKS.md'
	@echo 'make fuzz        run each fuzz target for a while'
	@echo 'make guests      build the guest programs of tests and benchmarks'
	@echo 'make coverage    lines covered by the tests, by room'
	@echo 'make format      format the sources'
	@echo 'make install     install to PREFIX ($(PREFIX)), below DESTDIR'
	@echo 'make abi-update  accept the present ABI as the one to keep'

run:
	@tools/install-packages build
	@tools/build release
	$(call attempt,tools/run-demo)

test:
	@tools/install-packages build test
	@tools/build dev
	@tools/run-tests test:build/dev

check-all:
	@tools/install-packages build test optional
	@tools/build dev
	@tools/build asan
	@tools/build tsan
	@tools/run-tests test,check-all:build/dev test:build/asan tsan:build/tsan

bench:
	@tools/install-packages build test
	@tools/build release
	$(call attempt,bench/run)

fuzz:
	@tools/install-packages build test optional
	@tools/build fuzz
	@tools/run-tests fuzz:build/fuzz

guests:
	@tools/install-packages build test
	$(call attempt,tools/build-programs)

coverage:
	@tools/install-packages build test
	@tools/build cov
	$(call attempt,tools/coverage)

format:
	@tools/install-packages optional
	@git ls-files '*.c' '*.h' | xargs -r clang-format-19 -i

install:
	@tools/install-packages build
	@tools/build release
	@cmake --install build/release --prefix $(PREFIX)

abi-update:
	@tools/build dev
	$(call attempt,tools/abi-dump build/dev --update)

clean:
	@rm -rf build
