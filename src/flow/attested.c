#include "flow/attested.h"

#include "flow/digests.h"
#include "flow/image.h"
#include "flow/slots.h"
#include "util/json.h"
#include "util/stream.h"
#include "util/system.h"
#include "util/text.h"

#include <assay/error.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void
assay_attested_result_free (AssayAttestedResult *result)
{
  if (result == NULL)
    return;
  g_clear_pointer (&result->agreement, assay_agreement_free);
  g_clear_pointer (&result->testimonies, g_ptr_array_unref);
  g_clear_pointer (&result->stamp_authorities, g_ptr_array_unref);
  g_clear_pointer (&result->parties, g_ptr_array_unref);
  g_clear_pointer (&result->disagreements, g_ptr_array_unref);
  g_free (result);
}

guint
assay_attested_result_count_faults (const AssayAttestedResult *result)
{
  guint count = 0;
  for (guint i = 0; i < result->testimonies->len; i++)
    count += ((const AssayTestimony *)g_ptr_array_index (result->testimonies, i))->fault != NULL;
  return count;
}

gboolean
assay_attested_result_passed (const AssayAttestedResult *result)
{
  return result->testimonies->len > 0 && assay_attested_result_count_faults (result) == 0
         && assay_agreement_is_reached (result->agreement)
         && (result->agreement->dissent->len == 0 || result->allow_dissent);
}

static GPtrArray *
parties_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)assay_party_free);
}

GPtrArray *
assay_flow_load_parties (const AssayPolicy *policy, GError **error)
{
  g_autoptr (GPtrArray) parties = parties_new ();
  if (policy->attestations.threshold == 0)
    {
      g_set_error (
          error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
          "%s: no key `attestations`: it does not say whose signatures count. (A report is not signed; gate takes "
          "it with --trust-report)",
          policy->file);
      return NULL;
    }
  for (guint i = 0; i < policy->attestations.parties->len; i++)
    {
      const AssayPolicyParty *given = g_ptr_array_index (policy->attestations.parties, i);
      AssayParty *party = assay_party_new (given->name);
      g_ptr_array_add (parties, party);
      gboolean done
          = given->roots == NULL || assay_parties_add_authority (parties, party, given->roots, given->crls, error);
      for (char **key = given->keys; done && key != NULL && *key != NULL; key++)
        done = assay_parties_add_key (parties, party, *key, error);
      if (!done)
        {
          g_prefix_error (error, "%s:%d: ", policy->file, given->line);
          return NULL;
        }
    }
  return g_steal_pointer (&parties);
}

/* Each key and each authority is a party of its own, called as its file. */
static GPtrArray *
load_keys (const AssayAttestedOptions *options, GError **error)
{
  g_autoptr (GPtrArray) parties = parties_new ();
  for (char *const *key = options->keys; key != NULL && *key != NULL; key++)
    {
      g_autofree char *name = assay_text_escape_line (*key, -1);
      AssayParty *party = assay_party_new (name);
      g_ptr_array_add (parties, party);
      if (!assay_parties_add_key (parties, party, *key, error))
        return NULL;
    }
  for (char *const *roots = options->authorities; roots != NULL && *roots != NULL; roots++)
    {
      g_autofree char *name = assay_text_escape_line (*roots, -1);
      AssayParty *party = assay_party_new (name);
      g_ptr_array_add (parties, party);
      char *const one[] = { *roots, NULL };
      if (!assay_parties_add_authority (parties, party, one, options->crls, error))
        return NULL;
    }
  return g_steal_pointer (&parties);
}

static void
chain_free (gpointer data)
{
  AssayGivenChain *chain = data;
  g_free (chain->name);
  g_ptr_array_unref (chain->certificates);
  g_free (chain);
}

static gboolean
refuse (const char *why, GError **error)
{
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, why);
  return FALSE;
}

/* Certificates need a moment, and somebody who vouches for them. */
static gboolean
check_vouched (const AssayAttestedOptions *options, const GPtrArray *parties, GError **error)
{
  gboolean vouched = assay_parties_have_authority (parties);
  if (vouched && !options->has_time && !options->has_at)
    return refuse ("--time: the policy has parties with `ca`, whose certificates are valid for a time, and no clock is "
                   "read",
                   error);
  return vouched || options->certificates == NULL
         || refuse ("--certificate: no party of the policy has a `ca`, which vouches for certificates", error);
}

/* Certificates that do not stand in the statements themselves. */
static GPtrArray *
load_chains (const AssayAttestedOptions *options, GError **error)
{
  g_autoptr (GPtrArray) chains = g_ptr_array_new_with_free_func (chain_free);
  for (char *const *path = options->certificates; path != NULL && *path != NULL; path++)
    {
      GPtrArray *certificates = assay_chain_load (*path, error);
      if (certificates == NULL)
        return NULL;
      AssayGivenChain *chain = g_new0 (AssayGivenChain, 1);
      chain->name = assay_text_escape_line (*path, -1);
      chain->certificates = certificates;
      g_ptr_array_add (chains, chain);
    }
  return g_steal_pointer (&chains);
}

GPtrArray *
assay_flow_load_stamp_authorities (char *const *files, char *const *crls, const AssayPolicy *policy, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_authority_free);
  const AssayPolicyTimeStamps *stamps = policy == NULL ? NULL : &policy->attestations.time_stamps;
  char *const *named = stamps == NULL ? NULL : stamps->authorities;
  if ((files != NULL || crls != NULL) && named != NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: %s says whose time stamps count",
                   files != NULL ? "--tsa-ca" : "--tsa-crl", policy->file);
      return NULL;
    }
  for (char *const *path = files != NULL ? files : named; path != NULL && *path != NULL; path++)
    {
      char *const one[] = { *path, NULL };
      AssayAuthority *authority = assay_authority_load (one, files != NULL ? crls : stamps->crls, error);
      if (authority == NULL)
        return NULL;
      g_ptr_array_add (list, authority);
    }
  return g_steal_pointer (&list);
}

/* What time stamps must prove, and of whom they are believed. */
static gboolean
load_stamps (const AssayAttestedOptions *options, const AssayPolicy *policy, AssayAttestedResult *result,
             AssayStampsWanted *out, GError **error)
{
  result->stamp_authorities
      = assay_flow_load_stamp_authorities (options->stamp_authorities, options->stamp_crls, policy, error);
  if (result->stamp_authorities == NULL)
    return FALSE;
  if (policy != NULL && policy->attestations.time_stamps.crls != NULL && !options->has_at && !options->has_time)
    return refuse ("--time: the policy has `crls` of time stamps, which are in force for a time, and no clock is read",
                   error);
  if (options->has_at && result->stamp_authorities->len == 0)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                           "--at needs --tsa-ca FILE, or a policy with `time-stamps`: who proves what was there then");
      return FALSE;
    }
  out->authorities = result->stamp_authorities;
  out->listed_s = options->time_s;
  out->has_until = options->has_at || options->has_time;
  out->until_s = options->has_at ? options->at_s : options->time_s;
  out->required = options->has_at || (policy != NULL && policy->attestations.time_stamps.required);
  return TRUE;
}

GBytes *
assay_flow_read_attestation (const char *path, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (path, -1);
  if (strcmp (path, "-") == 0)
    return assay_stream_read_limited (STDIN_FILENO, "standard input", "attestation", ASSAY_JSON_MAX_BYTES, error);
  /* O_NONBLOCK: waiting for who writes to a FIFO must end by a signal */
  assay_autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd >= 0)
    return assay_stream_read_limited (fd, shown, "attestation", ASSAY_JSON_MAX_BYTES, error);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "cannot read the attestation %s: %s", shown, g_strerror (errno));
  return NULL;
}

/* Which image it is, and what the digest is of. */
static gboolean
digest_image (const AssayAttestedOptions *options, AssayDigest *out, AssaySubjectKind *out_kind, GError **error)
{
  *out = options->image_sha256;
  *out_kind = options->image_is_tree ? ASSAY_SUBJECT_KIND_TREE : ASSAY_SUBJECT_KIND_FILE;
  if (options->image == NULL)
    return TRUE;
  AssayLimits limits;
  assay_limits_init (&limits);
  const AssayUnpackOptions reading = { .limits = &limits, .progress = options->progress };
  g_autoptr (AssayImage) image = assay_image_open (options->image, &reading, error);
  if (image == NULL)
    return FALSE;
  *out_kind = image->directory == NULL ? ASSAY_SUBJECT_KIND_FILE : ASSAY_SUBJECT_KIND_TREE;
  *out = image->sha256;
  if (image->directory == NULL)
    return TRUE;
  if (!assay_image_unpack (image, &reading, error))
    return FALSE;
  if (image->root->trouble != NULL)
    {
      g_set_error_literal (error, ASSAY_ERROR, (int)image->root->trouble_code, image->root->trouble);
      return FALSE;
    }
  return assay_tree_digest (image->root, NULL, ASSAY_TREE_FACTS_ALL, out, error)
         && assay_image_check_unchanged (image, error);
}

/* Whose signatures count, and how many must agree. */
static gboolean
load_parties (const AssayAttestedOptions *options, const AssayPolicy *policy, AssayAttestedResult *result,
              guint64 *out_threshold, GError **error)
{
  result->parties = policy != NULL ? assay_flow_load_parties (policy, error) : load_keys (options, error);
  if (result->parties == NULL)
    return FALSE;
  *out_threshold = options->threshold > 0 ? options->threshold : policy != NULL ? policy->attestations.threshold : 1;
  if (*out_threshold <= result->parties->len)
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
               "--threshold %" G_GUINT64_FORMAT
               ": there are keys of %u only, so that no number of statements reaches it",
               *out_threshold, result->parties->len);
  return FALSE;
}

static gboolean
read_files (const AssayAttestedOptions *options, const AssayTestimonyWanted *wanted, AssayAttestedResult *result,
            GError **error)
{
  for (char *const *file = options->files; *file != NULL; file++)
    {
      g_autoptr (GBytes) bytes = assay_flow_read_attestation (*file, error);
      if (bytes == NULL || !assay_testimony_read (result->parties, *file, bytes, wanted, result->testimonies, error))
        return FALSE;
    }
  return TRUE;
}

/* What keys the policy's `signatures` name now, whose files are not in its text. */
static gboolean
digest_keys (const AssayPolicy *policy, AssayDigest *out, GError **error)
{
  g_autoptr (GPtrArray) slots = assay_flow_load_slots (policy, error);
  if (slots == NULL)
    return FALSE;
  g_autoptr (GArray) named = assay_flow_key_digests (slots);
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (AssayDigest));
  for (guint i = 0; i < named->len; i++)
    g_array_append_val (keys, g_array_index (named, AssayKeyDigest, i).sha256);
  assay_basis_digest_keys (keys, out);
  return TRUE;
}

AssayAttestedResult *
assay_flow_verify_attestations (const AssayAttestedOptions *options, GError **error)
{
  g_autoptr (AssayAttestedResult) result = g_new0 (AssayAttestedResult, 1);
  g_autoptr (AssayPolicy) policy = options->policy == NULL ? NULL : assay_policy_load (options->policy, error);
  guint64 threshold = 0;
  AssayDigest keys;
  if (options->policy != NULL && (policy == NULL || !digest_keys (policy, &keys, error)))
    return NULL;
  AssayTestimonyWanted wanted
      = { .image = &result->image_sha256,
          .policy = policy == NULL ? NULL : &policy->sha256,
          .keys = policy == NULL || policy->signatures->len == 0 ? NULL : &keys,
          .scope = policy == NULL ? options->scope : policy->scope,
          .allow_imported = !options->judged_only && (policy == NULL || policy->attestations.imported) };
  g_autoptr (GPtrArray) chains = load_chains (options, error);
  wanted.chains = chains;
  wanted.time_s = options->time_s;
  result->testimonies = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_testimony_free);
  result->allow_dissent = options->allow_dissent;
  if (chains == NULL || !load_parties (options, policy, result, &threshold, error)
      || !check_vouched (options, result->parties, error)
      || !load_stamps (options, policy, result, &wanted.stamps, error)
      || !digest_image (options, &result->image_sha256, &wanted.kind, error)
      || !read_files (options, &wanted, result, error))
    return NULL;
  if (policy != NULL)
    result->policy_sha256 = policy->sha256;
  result->agreement = assay_agreement_new (result->parties, result->testimonies, threshold, policy != NULL);
  result->disagreements = assay_disagreement_list (result->testimonies);
  return g_steal_pointer (&result);
}
