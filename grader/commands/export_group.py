"""`gradpath export TARGET`: the targets as commands, each imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
import typer.core

from grader.commands.export_targets import QUESTION, TARGETS


class ExportGroup(typer.core.TyperGroup):
    """Commands by the table of targets; what begins with no target is a question to be exported."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The targets, in the order of their table."""
        return list(TARGETS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a target."""
        if cmd_name not in TARGETS:
            return None
        target = typer.Typer(add_completion=False, rich_markup_mode=None)
        target.command(cmd_name)(import_module(TARGETS[cmd_name]).command)
        return typer.main.get_command(target)

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """What is typed, with the target that it means."""
        if args and args[0] not in TARGETS and args[0] not in ("--help", "-h"):
            args = [QUESTION, *args]
        return super().parse_args(ctx, args)
