# Each target sets up what it needs first; a rerun finds it done.
.PHONY: help demo test bench
ifdef PYTHON
export PYTHON
endif

help:
	@echo "make demo   the textbook question and a problem set for 30 simulated students, in demo/"
	@echo "make test   lint, types and the whole test suite"
	@echo "make bench  the benchmarks"

demo:
	@sh scripts/setup.sh
	@sh scripts/demo.sh

test:
	@sh scripts/setup.sh tests
	sh scripts/in_venv.sh ruff check
	sh scripts/in_venv.sh ruff format --check
	sh scripts/in_venv.sh mypy
	sh scripts/in_venv.sh python -m pytest --numprocesses=auto --dist=loadscope

bench:
	@sh scripts/setup.sh
	sh scripts/in_venv.sh python -m benchmarks
