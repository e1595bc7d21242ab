# SPDX-License-Identifier: GPL-2.0-only
# For people; kbuild reads Kbuild. "make help" lists the targets.

VERSION	:= 0.1.0
KVER	?= $(shell uname -r)
KDIR	?= /lib/modules/$(KVER)/build
PREFIX	?= /usr/local
O	:= $(CURDIR)/build
FUZZ_SECONDS ?= 600

# KUnit and test modules are built by tools/vm/build.sh, never here.
KBUILD	= $(MAKE) -C $(KDIR) M=$(CURDIR)
TOOLS	= $(MAKE) --no-print-directory -C tools O=$(O)/tools VERSION=$(VERSION) PREFIX=$(PREFIX)

# Neither make nor kbuild can take such a path, and a blank would let clean remove something else.
ifneq ($(words $(CURDIR))$(findstring :,$(CURDIR))$(findstring ',$(CURDIR))$(findstring $$,$(CURDIR)),1)
$(error vdevfw cannot be built in "$(CURDIR)": its path has a blank, a colon, a quote or a dollar sign)
endif

.PHONY: all help modules tools modules_install install uninstall clean distclean
.PHONY: demo test test-debug test-kcsan check fuzz bench

all: modules tools

help:
	@echo 'To use vdevfw (KDIR=DIRECTORY: for another kernel than the running one):'
	@echo '  all              vdevfw.ko, the vdev-*.ko and the tools (default)'
	@echo '  modules          only the modules;  W=1 C=1 as for the kernel'
	@echo '  tools            only vdevctl, libvdevfw and the example guests, into build/tools'
	@echo '  modules_install  install the modules for that kernel, and run depmod'
	@echo '  install          install vdevctl, libvdevfw, headers and the udev rule under PREFIX=$(PREFIX), DESTDIR='
	@echo '  uninstall        remove what install installed'
	@echo '  clean            remove what the build made here'
	@echo '  distclean        remove build/ too'
	@echo
	@echo 'To see it work and to work on it (as root on Debian; each does all its own set-up):'
	@echo '  demo             a KVM guest reads the trace vdev on a stock Debian kernel;  HOST=1: on this machine'
	@echo '  test             KUnit, 30 s of fuzzing, then selftests with real guests on stock 6.1 and 6.12'
	@echo '  test-debug       the same on a kernel with KASAN, lockdep, kmemleak and UBSAN'
	@echo '  test-kcsan       selftests with several vCPUs on a kernel that watches for data races (KCSAN)'
	@echo '  check            checkpatch, sparse, kernel-doc, shellcheck, includes'
	@echo '  fuzz             libFuzzer and AFL++ on options, configurations and images, 10 minutes each;  FUZZ_SECONDS='
	@echo '  bench            instructions per access: table, plot, build/bench.json'

modules:
	+$(KBUILD) modules

tools:
	+$(TOOLS) all

modules_install:
	+$(KBUILD) modules_install

install: tools
	install -D -m 755 $(O)/tools/vdevctl $(DESTDIR)$(PREFIX)/bin/vdevctl
	install -D -m 644 $(O)/tools/libvdevfw.a $(DESTDIR)$(PREFIX)/lib/libvdevfw.a
	install -D -m 644 tools/libvdevfw/libvdevfw.h $(DESTDIR)$(PREFIX)/include/libvdevfw.h
	install -D -m 644 uapi/vdevfw.h $(DESTDIR)$(PREFIX)/include/vdevfw.h
	install -D -m 644 udev/60-vdevfw.rules $(DESTDIR)/etc/udev/rules.d/60-vdevfw.rules

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/vdevctl $(DESTDIR)$(PREFIX)/lib/libvdevfw.a
	rm -f $(DESTDIR)$(PREFIX)/include/libvdevfw.h $(DESTDIR)$(PREFIX)/include/vdevfw.h
	rm -f $(DESTDIR)/etc/udev/rules.d/60-vdevfw.rules

# Without a kernel's build tree there is nothing of kbuild's to clean.
clean:
	+[ ! -d $(KDIR) ] || $(KBUILD) clean
	+$(TOOLS) clean

distclean: clean
	rm -rf $(O)

demo:
	tools/demo/demo.sh $(if $(filter 1,$(HOST)),--host)

test:
	tools/test.sh unit fuzz kunit stock-6.1 stock-6.12

test-debug:
	tools/test.sh kunit-debug debug-1 debug-2

test-kcsan:
	tools/test.sh kcsan

check:
	tools/check.sh

fuzz:
	tools/vm/packages.sh
	FUZZ_SECONDS=$(FUZZ_SECONDS) tools/fuzz/fuzz.sh $(O)/fuzz

bench:
	tools/vm/packages.sh
	tools/bench/run.sh $(O)
