/* SPDX-License-Identifier: MIT */
/*
 * main.c: the executable `lookaside`: finds the subcommand in the table that commands.def makes,
 * and hands it the rest of the command line.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "build_info.h"
#include "cli.h"

static const struct command {
    const char *name, *summary, *example;
    int (*run)(int argc, char **argv);
} commands[] = {
#define LOOKASIDE_COMMAND(name, summary, example) {#name, summary, example, cmd_##name},
#include "commands.def"
#undef LOOKASIDE_COMMAND
};

enum { NR_COMMANDS = sizeof commands / sizeof *commands };

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < NR_COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static int unknown(const char *word)
{
    const char *names[NR_COMMANDS];

    for (size_t i = 0; i < NR_COMMANDS; i++)
        names[i] = commands[i].name;
    return cli_unknown("command", word, names, NR_COMMANDS);
}

static int help(void)
{
    puts("Usage: lookaside COMMAND [OPTION...]\n"
         "Lookaside lists with interchangeable strategies: measures them and chooses one.\n\n"
         "Commands:");
    for (size_t i = 0; i < NR_COMMANDS; i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    puts("  help       the help of a command: lookaside help COMMAND\n\n"
         "Options:\n"
         "  --help     this text; after a command, that command's\n"
         "  --version  the version\n\n"
         "Examples:");
    for (size_t i = 0; i < NR_COMMANDS; i++)
        printf("  %s\n", commands[i].example);
    puts("\nExit status: 0 done; 1 the verdict is negative; 2 bad usage or input, said in one "
         "line;\n"
         "77 nothing could be run here.");
    return CLI_DONE;
}

static int help_of(int argc, char **argv)
{
    char option[] = "--help";
    char *arguments[] = {argc > 1 ? argv[1] : NULL, option, NULL};
    const struct command *command;

    if (argc < 2)
        return help();
    if (argc > 2)
        return cli_bad("unexpected argument '%s'; say lookaside help COMMAND", argv[2]);
    command = find(argv[1]);
    return command ? command->run(2, arguments) : unknown(argv[1]);
}

static int version(void)
{
    printf("%s\n", la_build_version_line());
    return CLI_DONE;
}

static int dispatch(int argc, char **argv)
{
    const struct command *command;

    if (argc < 2)
        return cli_bad("no command given; see lookaside --help");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "-?") == 0)
        return help();
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return version();
    if (strcmp(argv[1], "help") == 0)
        return help_of(argc - 1, argv + 1);
    if (argv[1][0] == '-')
        return cli_bad("unknown option '%s'; see lookaside --help", argv[1]);
    command = find(argv[1]);
    return command ? command->run(argc - 1, argv + 1) : unknown(argv[1]);
}

int main(int argc, char **argv)
{
    const int status = dispatch(argc, argv);

    /* What a full disk or a closed pipe swallowed must not look like an answer. */
    if (fflush(stdout) != 0 || ferror(stdout))
        return cli_bad("cannot write to standard output: %s", strerror(errno));
    return status;
}
