/* SPDX-License-Identifier: MIT */
/* run_output.c: see run_output.h. */
#include "run_output.h"

#include <string.h>

#include "cli.h"
#include "result_dir.h"
#include "run_manifest.h"

error_t cli_take_output(int key, char *argument, struct cli_output *output)
{
    switch (key) {
    case KEY_OUT:
        output->out = argument;
        return 0;
    case KEY_QUIET:
        output->quiet = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

error_t cli_take_plan(int key, char *argument, struct cli_output *output,
                      struct la_request *request)
{
    const error_t error = cli_take_output(key, argument, output);

    return error == ARGP_ERR_UNKNOWN ? cli_take_request(key, argument, request) : error;
}

int cli_output_begin(struct cli_output *output)
{
    const int error = la_result_dir_create(output->out, output->dir, sizeof output->dir);

    if (error)
        return cli_bad("cannot write to %s: %s", output->out ? output->out : "results",
                       strerror(-error));
    output->manifest = cli_manifest_begin();
    return output->manifest ? CLI_DONE : cli_output_end(output, cli_bad("out of memory"));
}

int cli_output_write(const struct cli_output *output, const char *name,
                     void (*write)(FILE *stream, const void *content), const void *content)
{
    struct la_result_file file;
    int error = la_result_file_open(&file, output->dir, name);

    if (!error) {
        write(file.stream, content);
        error = la_result_file_commit(&file);
    }
    return error ? cli_bad("cannot write %s/%s: %s", output->dir, name, strerror(-error))
                 : CLI_DONE;
}

static void write_json(FILE *stream, const void *content)
{
    json_dumpf(content, stream, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    fputc('\n', stream);
}

int cli_output_write_json(const struct cli_output *output, const char *name, json_t *json)
{
    const int status = cli_output_write(output, name, write_json, json);

    json_decref(json);
    return status;
}

int cli_output_publish(struct cli_output *output, const char *command, json_t *settings,
                       json_t *noise)
{
    if (cli_manifest_end(json_incref(output->manifest), output->dir, command, settings, noise))
        return CLI_BAD;
    if (!output->out)
        la_result_dir_set_latest(output->dir);
    return CLI_DONE;
}

void cli_output_tell(const struct cli_output *output, const char *files)
{
    char dir[CLI_SHOWN];

    printf("%s%s/%s\n", cli_interrupted() ? "interrupted: what was measured until then is in " : "",
           cli_shown(output->dir, dir), files);
}

int cli_output_nothing(void)
{
    fprintf(stderr, "lookaside: interrupted before a block was complete; nothing is kept\n");
    return CLI_NOTHING;
}

int cli_output_end(struct cli_output *output, int status)
{
    json_decref(output->manifest);
    output->manifest = NULL;
    if (status)
        la_result_dir_discard_empty(output->dir);
    return status;
}
