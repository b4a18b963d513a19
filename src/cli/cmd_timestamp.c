#include "cli/cli.h"
#include "flow/stamping.h"
#include "util/moment.h"
#include "util/output.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

static const AssayUsage usage = {
  "FILE (--request OUT | --attach REPLY --tsa-ca ROOT)",
  "Has a time-stamping authority (TSA) prove when a signature was there (RFC 3161).\n"
  "--request writes what the TSA is asked: the SHA-256 of the signature in FILE and\n"
  "a random nonce. --attach checks the TSA's reply and puts it beside the\n"
  "signature, where `verify-attestation` and `gate` find it with --tsa-ca.\n\n"
  "assay itself talks to nobody: carry the request to the TSA, as with curl.",
  "Example:\n"
  "  assay timestamp lab.intoto.json --request lab.tsq\n"
  "  curl -H 'Content-Type: application/timestamp-query' --data-binary @lab.tsq \\\n"
  "        -o lab.tsr https://tsa.example/\n"
  "  assay timestamp lab.intoto.json --attach lab.tsr --asked lab.tsq \\\n"
  "        --tsa-ca tsa-root.pem\n\n"
  "Exit code 0 when it was done; 1 the reply is no time stamp of a signature in\n"
  "FILE, and why; 64 wrong usage, a file that is missing or no signed statement.",
};

/** What the command line says. */
typedef struct
{
  char **rest;
  char *request;
  char *signature;
  char *attach;
  char *asked;
  char **authorities;
  char *output;
  gboolean quiet;
} StampLine;

static void
stamp_line_clear (StampLine *line)
{
  g_strfreev (line->rest);
  g_free (line->request);
  g_free (line->signature);
  g_free (line->attach);
  g_free (line->asked);
  g_strfreev (line->authorities);
  g_free (line->output);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StampLine, stamp_line_clear)

static gboolean
parse (StampLine *line, int argc, char **argv, GError **error)
{
  const GOptionEntry options[]
      = { { "request", 0, 0, G_OPTION_ARG_FILENAME, &line->request, "Write a request for the TSA", "OUT" },
          { "signature", 0, 0, G_OPTION_ARG_STRING, &line->signature,
            "Of several signatures the one that it is for, from 1 on, over all lines", "N" },
          { "attach", 0, 0, G_OPTION_ARG_FILENAME, &line->attach, "Check the TSA's reply, and put it into FILE",
            "REPLY" },
          { "asked", 0, 0, G_OPTION_ARG_FILENAME, &line->asked,
            "The request that was kept: its nonce must stand in the reply", "FILE" },
          { "tsa-ca", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->authorities,
            "Roots whose time stamps are believed; may be given several times", "FILE" },
          { "output", 0, 0, G_OPTION_ARG_FILENAME, &line->output,
            "Where the stamped statement goes; left out: into FILE itself, whole or not at all", "FILE" },
          { "quiet", 0, 0, G_OPTION_ARG_NONE, &line->quiet, "Write nothing to standard output", NULL },
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &line->rest, NULL, NULL },
          { NULL } };
  return assay_usage_parse ("timestamp", &usage, options, argc, argv, error);
}

static gboolean
check (const StampLine *line, GError **error)
{
  guint files = line->rest == NULL ? 0 : g_strv_length (line->rest);
  if (files != 1)
    return assay_usage_error (error, "timestamp takes one FILE; %u given", files);
  if ((line->request == NULL) == (line->attach == NULL))
    return assay_usage_error (error, "timestamp needs either --request OUT or --attach REPLY");
  if (line->request != NULL && (line->asked != NULL || line->authorities != NULL || line->output != NULL))
    return assay_usage_error (error, "--asked, --tsa-ca and --output go with --attach");
  if (line->attach != NULL && line->signature != NULL)
    return assay_usage_error (error, "--signature goes with --request: a reply says itself what it is of");
  if (line->attach != NULL && line->authorities == NULL)
    return assay_usage_error (error, "--attach needs --tsa-ca FILE: whose time stamps are believed");
  if (line->attach != NULL && line->output == NULL && strcmp (line->rest[0], "-") == 0)
    return assay_usage_error (error, "-: standard input cannot be written to; --output says where it goes");
  return TRUE;
}

static gboolean
write_request (const StampLine *line, GError **error)
{
  guint64 signature = 0;
  gsize length = 0;
  if (line->signature != NULL && !g_ascii_string_to_unsigned (line->signature, 10, 1, G_MAXUINT32, &signature, NULL))
    return assay_usage_error (error, "--signature %s: expected a number, from 1 on", line->signature);
  if (!assay_output_check_apart (line->request, line->rest[0], error))
    return FALSE;
  g_autoptr (GBytes) request = assay_flow_stamp_request (line->rest[0], signature, error);
  const void *bytes = request == NULL ? NULL : g_bytes_get_data (request, &length);
  return request != NULL && assay_output_put (line->request, bytes, length, error);
}

/* None of the inputs but the statement itself is written over. */
static gboolean
check_output (const StampLine *line, const char *output, GError **error)
{
  if (!assay_output_check_apart (output, line->attach, error)
      || (line->asked != NULL && !assay_output_check_apart (output, line->asked, error)))
    return FALSE;
  for (char **authority = line->authorities; *authority != NULL; authority++)
    if (!assay_output_check_apart (output, *authority, error))
      return FALSE;
  return TRUE;
}

static void
say (const StampLine *line, const char *output, const AssayStamp *stamp)
{
  g_autofree char *time = assay_moment_write (stamp->time_s);
  g_autofree char *shown = assay_text_escape_line (output, -1);
  if (!line->quiet && strcmp (output, "-") != 0)
    printf ("%s: stamped %s by %s\n", shown, time == NULL ? "at no time" : time, stamp->by);
}

/* Returns: whether it was attached; FALSE without an error where the reply was refused, and said why. */
static gboolean
attach (const StampLine *line, GError **error)
{
  const AssayStamping stamping = { line->rest[0], line->attach, line->asked, line->authorities };
  const char *output = line->output != NULL ? line->output : line->rest[0];
  g_auto (AssayStamp) stamp = { 0, 0, NULL };
  g_autofree char *problem = NULL;
  gsize length = 0;
  if (!check_output (line, output, error))
    return FALSE;
  g_autoptr (GBytes) written = assay_flow_stamp_attach (&stamping, &stamp, &problem, error);
  if (problem != NULL)
    {
      g_autofree char *shown = assay_text_escape_line (line->attach, -1);
      fprintf (stderr, "assay: %s: the time stamp %s\n", shown, problem);
    }
  const void *bytes = written == NULL ? NULL : g_bytes_get_data (written, &length);
  if (written == NULL || !assay_output_put (output, bytes, length, error))
    return FALSE;
  say (line, output, &stamp);
  return TRUE;
}

int
assay_cmd_timestamp (int argc, char **argv)
{
  g_auto (StampLine) line = { NULL };
  g_autoptr (GError) error = NULL;
  if (parse (&line, argc, argv, &error) && check (&line, &error)
      && (line.request != NULL ? write_request (&line, &error) : attach (&line, &error)))
    return ASSAY_EXIT_PASS;
  return error != NULL ? assay_exit_of_error (error) : ASSAY_EXIT_FAIL;
}
