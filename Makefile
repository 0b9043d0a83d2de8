# Each target sets up what it needs first; a rerun finds it done.
.PHONY: help demo check test bank bench words contact fuzz hostile kill mutants audit sbom
ifdef PYTHON
export PYTHON
endif

help:
	@echo "make demo     the textbook question and a problem set for 30 simulated students, in demo/"
	@echo "make check    lint, contracts, types and the quick tests, in less than a minute"
	@echo "make test     lint, contracts, types and the tests"
	@echo "make bank     what the tests try on a few recipes and random networks, on all others; and the slow ones"
	@echo "make bench    the benchmarks"
	@echo "make words    every sentence that a person sees, into the catalogues of the languages"
	@echo "make contact  every recipe's sheet, key and solution as small pictures: make contact CODE=el, in contact/"
	@echo "make fuzz     every reader and every form of practice on made-up input: make fuzz MINUTES=5"
	@echo "make hostile  ten megabytes of hostile files beside honest sheets: what marking them costs"
	@echo "make kill     make, grade, feedback and practice killed at random moments: nothing may be lost"
	@echo "make mutants  small changes to the code, each tried alone: the tests have to notice (up to an hour)"
	@echo "make audit    the locked dependencies against the known vulnerabilities"
	@echo "make sbom     a software bill of materials of the locked dependencies, sbom.json"

demo:
	@sh scripts/setup.sh
	@sh scripts/demo.sh

MYPY = sh scripts/in_venv.sh mypy
define READ_CODE
	sh scripts/in_venv.sh ruff check
	sh scripts/in_venv.sh ruff format --check
	sh scripts/in_venv.sh lint-imports --no-logo
endef
# With its bytecode kept, what a test starts need not compile the packages anew. A module is tried by one process, the
# browser's among the first: reordered, the longest would come last, and the other process would have nothing to do.
TRY = PYTHONDONTWRITEBYTECODE= sh scripts/in_venv.sh python -m pytest --numprocesses=auto --dist=loadscope \
	--no-loadscope-reorder

# The examples in the code, and of each part of the pipeline what takes a second or two.
QUICK = question_bank grader tests/test_contributing.py tests/test_public_names.py \
	$(addprefix tests/question_bank/test_, edges_of_numbers.py evaluate.py graph.py interval.py latex.py \
	misconceptions_language.py network_errors.py notation.py precision.py question.py recipe.py textbook.py) \
	$(addprefix tests/grader/test_, due.py files.py key_slots.py late.py overrides.py reading.py roster.py rubric.py \
	student_ids.py tables.py times.py working_line.py) \
	$(addprefix tests/grader/marking/test_, cutting_off.py slips.py verdicts.py)

check:
	@sh scripts/setup.sh
	$(READ_CODE)
	$(MYPY)
	$(TRY) -m "not bank and not slow" $(QUICK)

# Types are looked at beside the tests, and what is said of them is shown last: alone, mypy leaves a processor idle.
test:
	@sh scripts/setup.sh tests
	$(READ_CODE)
	said=$$(mktemp); $(MYPY) >$$said 2>&1 & types=$$!; $(TRY) -m "not bank and not slow"; tried=$$?; \
	wait $$types; typed=$$?; cat $$said; rm $$said; [ $$tried$$typed = 00 ]

bank:
	@sh scripts/setup.sh tests
	$(TRY) -m "bank or slow"

bench:
	@sh scripts/setup.sh
	sh scripts/in_venv.sh python -m benchmarks

words:
	@sh scripts/setup.sh
	sh scripts/in_venv.sh python scripts/words.py

CODE ?= de
contact:
	@sh scripts/setup.sh
	sh scripts/in_venv.sh python scripts/contact_sheets.py $(CODE)

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

SAMPLE ?= 300
SEED ?= 1
mutants:
	@sh scripts/setup.sh tests
	sh scripts/in_venv.sh python scripts/mutants.py --sample $(SAMPLE) --seed $(SEED) --minutes 55

audit sbom:
	@sh scripts/setup.sh
	@sh scripts/supply_chain.sh $@
