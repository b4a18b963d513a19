#include "cli/cli.h"
#include "util/output.h"

#include <stdlib.h>

static const AssayUsage usage = {
  "REPORT --key KEY --output FILE",
  "Signs what a stored REPORT says, pass or not, as a statement of in-toto. The\n"
  "report must add up. The statement says that it was imported: whoever signs did\n"
  "not see it being found. `verify --attest` signs in the process that judges.",
  "Example:\n"
  "  assay attest report.json --key lab.pem --output report.intoto.json\n"
  "  assay attest report.json --key lab.pem --envelope sigstore --predicate vsa \\\n"
  "        --output summary.sigstore.json\n\n"
  "Keys are PEM files, encrypted or not, or lie on a token (pkcs11: URIs): ECDSA\n"
  "P-256 and P-384, Ed25519, RSA of at least 2048 bits (PSS). A passphrase or PIN\n"
  "never stands on the command line.\n\n"
  "Exit code 0 when it was signed, whatever the report says; 64 wrong usage, a\n"
  "report that does not add up or a key that cannot be used; 2 it could not be\n"
  "signed or written.",
};

static gboolean
parse (AssayAttestLine *line, char ***rest, int argc, char **argv, GError **error)
{
  const GOptionEntry options[]
      = { { "key", 0, 0, G_OPTION_ARG_FILENAME, &line->key, "The private key: a file, or a pkcs11: URI", "KEY" },
          { "output", 0, 0, G_OPTION_ARG_FILENAME, &line->output, "Where the statement goes; `-` is standard output",
            "FILE" },
          ASSAY_ATTEST_ENTRIES (line),
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, rest, NULL, NULL },
          { NULL } };
  return assay_usage_parse ("attest", &usage, options, argc, argv, error);
}

static gboolean
run (AssayAttestLine *line, char *const *rest, GError **error)
{
  guint reports = rest == NULL ? 0 : g_strv_length ((char **)(gsize)rest);
  if (reports != 1)
    return assay_usage_error (error, "attest takes one REPORT; %u given", reports);
  if (line->key == NULL)
    return assay_usage_error (error, "attest needs --key KEY: who signs");
  if (line->output == NULL)
    return assay_usage_error (error, "attest needs --output FILE: where the statement goes");
  if (!assay_output_check_apart (line->output, rest[0], error) || !assay_attest_line_open (line, error))
    return FALSE;
  char *envelope = assay_flow_attest_report (rest[0], &line->attesting, error);
  gboolean done = envelope != NULL && assay_output_put (line->output, envelope, strlen (envelope), error);
  free (envelope);
  return done;
}

int
assay_cmd_attest (int argc, char **argv)
{
  g_auto (AssayAttestLine) line = { NULL };
  g_auto (GStrv) rest = NULL;
  g_autoptr (GError) error = NULL;
  if (parse (&line, &rest, argc, argv, &error) && run (&line, rest, &error))
    return ASSAY_EXIT_PASS;
  return assay_exit_of_error (error);
}
