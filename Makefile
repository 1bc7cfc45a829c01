# Bracemail. `make run` and `make test` are all a newcomer needs; both install what is missing first.
#
#   make            build/bracemail          make run     bracemail serve --dev
#   make test       everything CI runs       make bench   speed, beside four other relays in the same run
#   make test-peers beside other clients and servers
#   make test-clients  other people's SOAP toolkits call the API
#   make check-unit, check-asan, check-static, check-fuzz, check-integration: a part of `make test`
#   make check-analyzer  clang's static analyzer over all sources, not a part of `make test`
#   make check-integration-asan  the same with the sanitizers' binary
#   make test-upgrade  earlier releases are upgraded under load, and day tables dropped
#   make test-backup   databases are restored to a point in time
#   make bench-api  calls of the API a second, beside pgbench
#   make bench-campaign  SendMassEmail to 1,000,000 members: its time, memory, deliveries a second
#   make bench-queue  new mail and restarts beside a million deferred deliveries
#   make bench-storage  bytes a conversation, and bytes of WAL a message
#   make bench-history  reports of 1,000,000 conversations and of 10,000,000
#   make check-valgrind  memcheck over unit tests and a part of integration
#   make soak       half an hour of full load
#   make deb        build/deb/bracemail_VERSION_ARCH.deb
#   make docker-check  the image, by buildah, and what compose.yaml puts together
#   make test-cluster  nodes and databases die and lose their network, under load
#   make bench-cluster  one relay node and two, and what of it is the database
#   make format     clang-format             make clean
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build
.DELETE_ON_ERROR:

# V=1 shows the commands.
Q = $(if $(V),,@)
SAY = @$(if $(V),:,printf '%-5s%s\n')

# As many jobs as there are processors, unless the caller said how many.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

# Packages first: nothing below needs pkg-config at parse time when they are missing.
.PHONY: setup build run test check-unit check-asan check-integration check-fuzz check-static check-analyzer check-integration-asan test-peers test-clients test-upgrade test-backup bench bench-crowd bench-campaign bench-queue bench-storage bench-history bench-api check-valgrind soak deb docker-check test-cluster bench-cluster format clean
setup:
	@tools/setup build

CC = gcc
# libunbound's .pc asks for the development files of libraries that libunbound-dev does not bring: named by hand below, as is
# http_parser, which has none.
PKGS = libevent libevent_openssl libevent_pthreads libpq openssl libcurl gmime-3.0 json-glib-1.0 libxml-2.0 libconfuse zlib libzstd libcrypt libidn2 libpsl opendkim libsystemd
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null | sed 's/-I/-isystem /g')
# A test without SOAP must not need what the generated code defines for libgsoap.
PKG_LIBS := -Wl,--as-needed $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lunbound -lgsoap -lhttp_parser
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Werror
HARDEN = -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
CPPFLAGS = -D_GNU_SOURCE -I. -Ibuild/gen
CFLAGS = -std=gnu11 -O2 -g $(HARDEN)
LDFLAGS = -pie -Wl,-z,relro,-z,now
# The sanitizers' build is clang's, so that the fuzzers share it and a second compiler reads the code.
SANITIZE = -std=gnu11 -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=undefined
FUZZ_SECONDS = 3

SRCS := $(wildcard base/*.c db/*.c services/soap/*.c services/unsubscribe/*.c services/relay/*.c services/relay/*/*.c server/*.c)
LIB_SRCS := $(filter-out server/main.c,$(SRCS))
GEN_SRCS := build/gen/embedded.c
EMBEDDED := $(sort $(wildcard db/migrations/*.sql)) $(wildcard db/*.dict) $(wildcard wsdl/bracemail.wsdl)
UNIT_SRCS := $(wildcard tests/unit/test_*.c)
FUZZ_SRCS := $(wildcard tests/fuzz/fuzz_*.c)

# services/soap/soap.mk adds what gSOAP generates to GEN_SRCS.
-include services/soap/soap.mk

objects = $(patsubst %.c,build/$(1)/%.o,$(2))

build: setup
	@$(MAKE) --no-print-directory build/bracemail

build/gen/embedded.c: tools/embed $(EMBEDDED)
	@mkdir -p $(@D)
	$(Q)tools/embed $(EMBEDDED) > $@

# One set of rules for each way of compiling: obj (the product), asan (sanitizers, fuzzers).
define variant
build/$(1)/%.o: %.c | $(GEN_HEADERS)
	@mkdir -p $$(@D)
	$$(SAY) CC $$@
	$$(Q)$$(CC) $$(CPPFLAGS) $$(PKG_CFLAGS) $(2) $$(WARN) $$(CFLAGS_$$(subst /,_,$$*)) -MMD -MP -c $$< -o $$@
build/$(1)/build/gen/%.o: build/gen/%.c | $(GEN_HEADERS)
	@mkdir -p $$(@D)
	$$(SAY) CC $$@
	$$(Q)$$(CC) $$(CPPFLAGS) $$(PKG_CFLAGS) $(2) -w -MMD -MP -c $$< -o $$@
build/$(1)/libbracemail.a: $$(call objects,$(1),$$(LIB_SRCS) $$(GEN_SRCS))
	@rm -f $$@
	$$(Q)ar rcs $$@ $$^
build/$(1)/bracemail: build/$(1)/server/main.o build/$(1)/libbracemail.a
	$$(SAY) LINK $$@
	$$(Q)$$(CC) $(2) $(3) -o $$@ $$^ $$(PKG_LIBS)
build/$(1)/unit/%: build/$(1)/tests/unit/%.o build/$(1)/libbracemail.a
	@mkdir -p $$(@D)
	$$(SAY) LINK $$@
	$$(Q)$$(CC) $(2) $(3) -o $$@ $$^ -lcmocka $$(PKG_LIBS)
-include $$(shell find build/$(1) -name '*.d' 2>/dev/null)
endef
build/asan/%: CC = clang
build/asan/%.o: private WARN += -Wno-format-nonliteral
$(eval $(call variant,obj,$(CFLAGS),$(LDFLAGS)))
$(eval $(call variant,asan,$(SANITIZE),))

build/bracemail: build/obj/bracemail
	@ln -f $< $@

UNIT_TESTS := $(patsubst tests/unit/%.c,build/obj/unit/%,$(UNIT_SRCS))
ASAN_TESTS := $(patsubst tests/unit/%.c,build/asan/unit/%,$(UNIT_SRCS))
.SECONDARY:

run: build
	@build/bracemail serve --dev

# Integration comes last, so that the output ends with pytest's summary. One step after the other; each is
# parallel in itself.
TEST_STEPS = build check-static check-unit check-asan check-fuzz check-integration
test:
	@tools/setup test
	@for step in $(TEST_STEPS); do echo "== $$step"; $(MAKE) --no-print-directory $$step; done

check-unit: $(UNIT_TESTS)
	@tools/with-postgres tools/run-each $^
check-asan: $(ASAN_TESTS)
	@tools/with-postgres tools/run-each $^

build/asan/fuzz/%: build/asan/tests/fuzz/%.o build/asan/libbracemail.a
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(SANITIZE) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS)
check-fuzz: $(patsubst tests/fuzz/%.c,build/asan/fuzz/%,$(FUZZ_SRCS))
	@printf '%s\0' $^ | xargs -0 -n 1 -P $$(nproc) tools/fuzz $(FUZZ_SECONDS)

# clang-tidy by .clang-tidy, clang-format by .clang-format. clang's analyzer takes as long as all else of clang-tidy: `make check-analyzer`.
define tidy
build/$(1)/%.checked: %.c .clang-tidy | $(GEN_HEADERS)
	@mkdir -p $$(@D)
	@clang-tidy --quiet --checks=$(2) $$< -- $(CPPFLAGS) $(PKG_CFLAGS) -std=gnu11 2>/dev/null
	@touch $$@
endef
$(eval $(call tidy,tidy,-clang-analyzer-*))
$(eval $(call tidy,analyzer,))
check-static: $(patsubst %.c,build/tidy/%.checked,$(SRCS) $(UNIT_SRCS) $(FUZZ_SRCS))
	@clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')
check-analyzer: $(patsubst %.c,build/analyzer/%.checked,$(SRCS))

# The files of tests/integration in several processes, each with a PostgreSQL of its own: most tests wait most of their
# time. PYTEST_ARGS: what to add, as in make check-integration PYTEST_ARGS='-k crash'.
PYTEST_PROCESSES = $(shell expr $$(nproc) + 2)
check-integration: build
	@/usr/bin/python3 -B -m pytest -p no:cacheprovider -q --durations=5 -n $(PYTEST_PROCESSES) --dist loadfile \
	    tests/integration $(PYTEST_ARGS)

# The same with the sanitizers' binary: slower, and not a part of `make test`.
check-integration-asan: build/asan/bracemail
	@tools/sanitized /usr/bin/python3 -B -m pytest -p no:cacheprovider -q tests/integration $(PYTEST_ARGS)

# valgrind's memcheck over the unit tests and some of tests/integration; not a part of `make test`. It has a malloc of its own:
# what glibc's gives back cannot be seen.
VALGRIND_FILES = $(addprefix tests/integration/test_,misbehaving_mx.py first_message.py contract.py isolation.py)
check-valgrind: build $(UNIT_TESTS)
	@tools/setup valgrind
	@tools/with-postgres tools/memchecked tools/run-each $(filter-out %/test_process_heap,$(UNIT_TESTS))
	@tools/memchecked /usr/bin/python3 -B -m pytest -p no:cacheprovider -q $(VALGRIND_FILES) $(PYTEST_ARGS)

# Other people's clients and servers, installed for it: tests/peers. Not a part of `make test`.
test-peers: build
	@tools/setup peers
	@/usr/bin/python3 -B -m pytest -p no:cacheprovider -v -rs tests/peers $(PYTEST_ARGS)

# Proxies that other people's SOAP toolkits make of the running server's WSDL: tests/clients. Not a part of `make test`.
test-clients: build
	@tools/setup clients
	@/usr/bin/python3 -B -m pytest -p no:cacheprovider -q tests/clients $(PYTEST_ARGS)

# What a running cluster goes through, with clients that never pause: an upgrade from earlier releases, which are built from git for it; the
# end of days that are kept no longer. Not a part of `make test`.
test-upgrade: build
	@tools/setup test
	@/usr/bin/python3 -B -m pytest -p no:cacheprovider -q tests/upgrade $(PYTEST_ARGS)

# Base backups and WAL under load, restored to a point in time: docs/backup.md. Not a part of `make test`.
test-backup: build
	@tools/setup test
	@/usr/bin/python3 -B -m pytest -p no:cacheprovider -q tests/backup $(PYTEST_ARGS)

build/bench/load-%: tests/bench/load_%.c
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) $(WARN) $< -o $@ $(LDFLAGS) $(PKG_LIBS)

# Beside other people's relays, installed for it, some under build/peers. BENCH_ARGS='--rows DKIM --rounds 1': a part of it.
bench: build
	@tools/setup bench_relays
	@$(MAKE) --no-print-directory build/bench/load-source build/bench/load-sink
	@tests/bench/compare $(BENCH_ARGS)

# Normal mail beside 10,000 idle connections and 1,000 slow senders.
bench-crowd: build
	@tools/setup bench
	@tests/bench/crowd

# The API beside pgbench on the same PostgreSQL, and beside PHP's and Mono's SOAP servers.
bench-api: build
	@tools/setup bench_api
	@tests/bench/api

# What a message writes, and what is left of it.
bench-storage: build
	@tools/setup bench
	@tests/bench/storage

# SendMassEmail to 1,000,000 members, and its mail beside the same mail sent by SMTP. BENCH_ARGS='--members 100000': fewer.
bench-campaign: build
	@tools/setup bench
	@tests/bench/campaign $(BENCH_ARGS)

# Reports of 1,000,000 conversations, and of 10,000,000.
bench-history: build
	@tools/setup bench_api
	@tests/bench/history

# New mail, and restarts, while a million deferred deliveries wait. BENCH_ARGS='--minutes 60': then an hour of full load.
bench-queue: build
	@tools/setup bench
	@tests/bench/queue $(BENCH_ARGS)

# Full load for SOAK_MINUTES: memory, descriptors, losses.
SOAK_MINUTES = 30
soak: build
	@tools/setup bench
	@tests/bench/soak --minutes $(SOAK_MINUTES)

# A Debian package, in build/deb: packaging/debian.
deb:
	@tools/setup deb
	@tools/build-deb

# docker/Dockerfile and what docker/compose.yaml puts together, without Docker. As root.
docker-check: build
	@tools/setup docker
	@tools/docker-check

# PostgreSQL under Patroni three times, two relay nodes, two API nodes, HAProxy: see docs/cluster.md. As root.
test-cluster: build
	@tools/setup cluster
	@tools/isolated /usr/bin/python3 -B -m pytest -p no:cacheprovider -q tests/cluster

# On the same machines: the rate with one relay node and with two, and the CPU seconds of each part. BENCH_ARGS='--messages 5000': fewer.
bench-cluster: build
	@tools/setup cluster
	@$(MAKE) --no-print-directory build/bench/load-source build/bench/load-sink
	@tools/isolated tests/cluster/throughput $(BENCH_ARGS)

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf build
