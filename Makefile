# Every target is one call of dev.py, so `python3 dev.py TARGET` does the same where there is no make.
.PHONY: setup run check test bench lock
.DEFAULT_GOAL := run

setup:  ## virtual environment, locked packages, front-end build
	@python3 dev.py setup

run:  ## set up what is missing, then serve on 127.0.0.1
	@python3 dev.py run

check:  ## lint, types, import contracts, generated files
	@python3 dev.py check

test:  ## everything CI runs, with private servers and a real browser
	@python3 dev.py test

bench:  ## speed and memory, as ratios against baselines of the same run
	@python3 dev.py bench

lock:  ## pin all Python packages again
	@python3 dev.py lock
