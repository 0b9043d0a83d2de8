# Each target sets up what it needs first; a rerun finds it done.
.PHONY: help demo test bench fuzz hostile kill audit sbom
ifdef PYTHON
export PYTHON
endif

help:
	@echo "make demo     the textbook question and a problem set for 30 simulated students, in demo/"
	@echo "make test     lint, types and the whole test suite"
	@echo "make bench    the benchmarks"
	@echo "make fuzz     every reader and every form of practice on made-up input: make fuzz MINUTES=5"
	@echo "make hostile  ten megabytes of hostile files beside honest sheets: what marking them costs"
	@echo "make kill     make, grade, feedback and practice killed at random moments: nothing may be lost"
	@echo "make audit    the locked dependencies against the known vulnerabilities"
	@echo "make sbom     a software bill of materials of the locked dependencies, sbom.json"

demo:
	@sh scripts/setup.sh
	@sh scripts/demo.sh

# With its bytecode kept, what a test starts need not compile the packages anew.
test:
	@sh scripts/setup.sh tests
	sh scripts/in_venv.sh ruff check
	sh scripts/in_venv.sh ruff format --check
	sh scripts/in_venv.sh mypy
	PYTHONDONTWRITEBYTECODE= sh scripts/in_venv.sh python -m pytest --numprocesses=auto --dist=loadscope

bench:
	@sh scripts/setup.sh
	sh scripts/in_venv.sh python -m benchmarks

MINUTES ?= 5
fuzz:
	@sh scripts/setup.sh
	sh scripts/in_venv.sh python -m tests.fuzzing --minutes $(MINUTES)

hostile:
	@sh scripts/setup.sh
	sh scripts/in_venv.sh python scripts/hostile_upload.py

TIMES ?= 100
kill:
	@sh scripts/setup.sh
	sh scripts/in_venv.sh python scripts/kill_practice.py --times $(TIMES)
	sh scripts/in_venv.sh python scripts/kill_commands.py --times $(TIMES)

audit sbom:
	@sh scripts/setup.sh
	@sh scripts/supply_chain.sh $@
