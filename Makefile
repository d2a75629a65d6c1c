# `make help` says what there is. Everything is installed into .venv and .lab; `make clean` removes both.

SHELL := /bin/bash
VENV := .venv
PYTHON = $(VENV)/bin/python
SETUP_LOG := .cache/setup.log
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg

.PHONY: help setup demo demo-pipeline demo-down lab lab-down check test lint unit integration molecule e2e bench bench-deploy chaos-deploy bench-network chaos-network bench-stepfunctions build readmes format clean

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1~\2/p' $(MAKEFILE_LIST) | column -t -s '~'

setup: $(VENV)/.ready ## the virtual environment, and this checkout under its collection's name
$(VENV)/.ready: requirements.txt requirements-dev.txt
	@mkdir -p .cache
	@python=$$(lab/check-machine) || exit 1; \
	echo "Installing Python packages into $(VENV) (log: $(SETUP_LOG))"; \
	{ "$$python" -m venv --clear $(VENV) && $(PYTHON) -m pip install -q --disable-pip-version-check -r requirements-dev.txt; } \
	  > $(SETUP_LOG) 2>&1 || { tail -n 15 $(SETUP_LOG); exit 1; }
	@mkdir -p .collections/ansible_collections/landfall
	@ln -sfn ../../.. .collections/ansible_collections/landfall/aws
	@touch $@

demo: setup ## the whole path in the lab: an empty account, site.yml, the app on HTTPS
	@$(PYTHON) -m lab.demo

demo-pipeline: setup ## a file through S3, functions and a state machine, in an account that really runs them
	@$(PYTHON) -m lab.demo_pipeline

demo-down: ## remove every trace of the demo
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m lab down && echo "The demo is gone. ($(VENV) stays, \`make clean\` removes it. Packages that it installed stay too: docker.io, mmdebstrap.)"; \
	else echo "There is no demo here."; fi

lab: setup ## the lab alone: an emulated AWS to try things in
	@$(PYTHON) -m lab up

lab-down: demo-down ## remove the lab

check: setup ## the fast part of the tests: lint and unit
	@$(PYTHON) tests/run.py lint unit

test: setup ## all tests
	@$(PYTHON) tests/run.py lint unit integration molecule e2e

lint unit integration molecule e2e: setup ## one part of the tests
	@$(PYTHON) tests/run.py --verbose $@

bench: setup ## times of site.yml in the lab, first run and no-change run
	@$(PYTHON) bench/site.py

bench-deploy: setup ## deploys, rollback and reconfiguration under load, and what the plain way drops
	@$(PYTHON) -m bench.deploy

chaos-deploy: setup ## a deploy killed 20 times, and whether the next one gets over it
	@$(PYTHON) -m bench.deploy.chaos

bench-network: setup ## a network's time and calls, beside what amazon.aws, Terraform and a script take for the same
	@$(PYTHON) -m bench.network

chaos-network: setup ## a network whose making and removal are killed, or that AWS's faults come in between
	@$(PYTHON) -m bench.network.chaos

bench-stepfunctions: setup ## calls to AWS of each Step Functions module, against its budget
	@$(PYTHON) -m bench.stepfunctions

build: setup ## the collection's artifact
	@ansible-galaxy collection build --force

readmes: setup ## the roles' READMEs from their specs
	@$(PYTHON) tests/lint/readmes.py

format: setup ## Python code in its one form
	@ruff check --fix -q . ; ruff format -q .

clean: demo-down ## remove everything that make has made
	@rm -rf $(VENV) .cache .collections .lab landfall-aws-*.tar.gz tests/output
