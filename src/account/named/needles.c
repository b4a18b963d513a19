#include "account/named/needles.h"

#include "account/named/digits.h"

#include <string.h>

/** Bytes that are looked up at once, at each multiple of them. */
#define WORD_BYTES 8u

/** The words of a digest's form are so many: it may begin at each place between two multiples. */
#define SHIFTS WORD_BYTES

/** So many letters of base 64 in a row are no chance (96 bits): the others may stand in another line. */
#define PART_LETTERS 16u

/** Bits of the filter for each word, and of the smallest one, which fits the first cache of any machine. */
#define FILTER_BITS_EACH 64u
#define FILTER_BITS_LEAST 16u
#define FILTER_BITS_MOST 27u

/** Makes of the letters A to F those that digits are written in here; digits it leaves, and what is none it may make
 * one, which is seen when all of it is compared. */
#define SMALL_LETTERS G_GUINT64_CONSTANT (0x2020202020202020)

/** How a digest is written. In base 64 behind none, one or two bytes of what is encoded with it, as these are encoded
 * in threes; the last three are the same in the other alphabet. */
typedef enum
{
  FORM_RAW = 0,
  FORM_WORDS, /* of 4 bytes and of 8, each in the other order of bytes, as who computes one has it in memory */
  FORM_HEXADECIMAL = FORM_WORDS + 2,
  FORM_PAIRS, /* of these digits, with one of SEPARATORS between them, as openssl and Windows write them */
  FORM_BASE64 = FORM_PAIRS + 3,
  FORM_BASE64_URL = FORM_BASE64 + 3,
  FORM_COUNT = FORM_BASE64_URL + 3,
} Form;

static const char SEPARATORS[] = { ':', '-', ' ' };

typedef struct
{
  guint8 bytes[64];
  gsize length;
  guint owner;
  guint kind;
} Digest;

typedef struct
{
  guint64 word;
  guint32 digest;
  guint8 form;
  guint8 shift;
} Entry;

struct _AssayNeedles
{
  GArray *digests; /* Digest */
  GArray *entries; /* Entry; ascending when searched */
  guint64 *filter;
  guint filter_bits; /* as a power of two */
};

AssayNeedles *
assay_needles_new (void)
{
  AssayNeedles *needles = g_new0 (AssayNeedles, 1);
  needles->digests = g_array_new (FALSE, FALSE, sizeof (Digest));
  needles->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  return needles;
}

void
assay_needles_free (AssayNeedles *needles)
{
  if (needles == NULL)
    return;
  g_array_unref (needles->digests);
  g_array_unref (needles->entries);
  g_free (needles->filter);
  g_free (needles);
}

static gsize
write_hexadecimal (const Digest *digest, char *out)
{
  static const char digits[] = "0123456789abcdef";
  for (gsize i = 0; i < digest->length; i++)
    {
      out[2 * i] = digits[digest->bytes[i] >> 4];
      out[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
  return 2 * digest->length;
}

static gsize
write_pairs (const Digest *digest, char separator, char *out)
{
  char digits[2 * sizeof digest->bytes];
  gsize length = write_hexadecimal (digest, digits);
  gsize written = 0;
  for (gsize i = 0; i < length; i += 2)
    {
      if (i > 0)
        out[written++] = separator;
      out[written++] = digits[i];
      out[written++] = digits[i + 1];
    }
  return written;
}

/* Only the letters that no other byte has a part in. */
static gsize
write_base64 (const Digest *digest, gsize before, gboolean url, char *out)
{
  guint8 bytes[2 + sizeof digest->bytes] = { 0 };
  gsize first = before == 0 ? 0 : before + 1;
  gsize last = (before + digest->length) * 8 / 6;
  memcpy (bytes + before, digest->bytes, digest->length);
  g_autofree char *text = g_base64_encode (bytes, before + digest->length);
  if (url)
    g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
  memcpy (out, text + first, last - first);
  return last - first;
}

/* A digest of 20 or 28 bytes is no number of words of 8: the last is as it is, and who has such words of it is not
 * known. */
static gsize
write_words (const Digest *digest, gsize word, char *out)
{
  for (gsize i = 0; i < digest->length; i++)
    {
      gsize first = i - i % word;
      out[i] = (char)digest->bytes[first + word <= digest->length ? first + word - 1 - i % word : i];
    }
  return digest->length;
}

/* @out: of ASSAY_NEEDLE_LONGEST bytes */
static gsize
write_form (const Digest *digest, guint form, char *out)
{
  if (form == FORM_WORDS || form == FORM_WORDS + 1)
    return write_words (digest, form == FORM_WORDS ? 4 : 8, out);
  if (form == FORM_HEXADECIMAL)
    return write_hexadecimal (digest, out);
  if (form >= FORM_PAIRS && form < FORM_BASE64)
    return write_pairs (digest, SEPARATORS[form - FORM_PAIRS], out);
  if (form >= FORM_BASE64)
    return write_base64 (digest, (form - FORM_BASE64) % 3, form >= FORM_BASE64_URL, out);
  memcpy (out, digest->bytes, digest->length);
  return digest->length;
}

static guint64
word_at (const void *bytes)
{
  guint64 word = 0;
  memcpy (&word, bytes, sizeof word);
  return word;
}

static gboolean
may_be_broken (guint form)
{
  return form >= FORM_BASE64;
}

/* Of the digest that is added next. */
static void
add_words (AssayNeedles *needles, const char *text, guint8 form, gsize from)
{
  for (guint shift = 0; shift < SHIFTS; shift++)
    {
      Entry entry = { word_at (text + from + shift), needles->digests->len, form, (guint8)(from + shift) };
      g_array_append_val (needles->entries, entry);
    }
}

void
assay_needles_add (AssayNeedles *needles, const guint8 *digest, gsize length, guint owner, guint kind)
{
  Digest added = { .length = length, .owner = owner, .kind = kind };
  char text[ASSAY_NEEDLE_LONGEST];
  g_return_if_fail (length >= 2 * WORD_BYTES && length <= sizeof added.bytes);
  memcpy (added.bytes, digest, length);
  for (guint form = 0; form < FORM_COUNT; form++)
    {
      gsize written = write_form (&added, form, text);
      g_assert (written >= WORD_BYTES + SHIFTS - 1);
      if (form >= FORM_BASE64_URL && memchr (text, '-', written) == NULL && memchr (text, '_', written) == NULL)
        continue; /* the same in both alphabets */
      add_words (needles, text, (guint8)form, 0);
      /* where the lines of a text end before it is whole, half of it stands in one of them (JAR File Specification) */
      if (may_be_broken (form) && written / 2 >= PART_LETTERS && written - written / 2 >= WORD_BYTES + SHIFTS - 1)
        add_words (needles, text, (guint8)form, written / 2);
    }
  g_array_append_val (needles->digests, added);
}

static int
compare_words (gconstpointer a, gconstpointer b)
{
  const Entry *first = a;
  const Entry *second = b;
  return first->word < second->word ? -1 : first->word > second->word;
}

static guint64
place_in_filter (const AssayNeedles *needles, guint64 word)
{
  return (word * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> (64 - needles->filter_bits);
}

static void
make_filter (AssayNeedles *needles)
{
  guint64 wanted = (guint64)needles->entries->len * FILTER_BITS_EACH;
  g_array_sort (needles->entries, compare_words);
  needles->filter_bits = FILTER_BITS_LEAST;
  while (needles->filter_bits < FILTER_BITS_MOST && (G_GUINT64_CONSTANT (1) << needles->filter_bits) < wanted)
    needles->filter_bits++;
  needles->filter = g_new0 (guint64, (gsize)1 << (needles->filter_bits - 6));
  for (guint i = 0; i < needles->entries->len; i++)
    {
      guint64 place = place_in_filter (needles, g_array_index (needles->entries, Entry, i).word);
      needles->filter[place / 64] |= G_GUINT64_CONSTANT (1) << place % 64;
    }
}

static gboolean
may_be_known (const AssayNeedles *needles, guint64 word)
{
  guint64 place = place_in_filter (needles, word);
  return (needles->filter[place / 64] >> place % 64 & 1) != 0;
}

/* The first entry of that word, or where it would stand. */
static guint
find_word (const AssayNeedles *needles, guint64 word)
{
  guint first = 0;
  guint behind = needles->entries->len;
  while (first < behind)
    {
      guint middle = first + (behind - first) / 2;
      if (g_array_index (needles->entries, Entry, middle).word < word)
        first = middle + 1;
      else
        behind = middle;
    }
  return first;
}

/** Bytes, and the place in them that is looked at. */
typedef struct
{
  const guint8 *bytes;
  gsize length;
  gsize place;
} Window;

/* How many letters stand there in a row, that of the entry among them. */
static gsize
count_part (const Window *window, const Entry *entry, const char *text, gsize length)
{
  gsize before = 0;
  gsize behind = 0;
  while (before < entry->shift && before < window->place
         && (char)window->bytes[window->place - before - 1] == text[entry->shift - before - 1])
    before++;
  while (entry->shift + behind < length && window->place + behind < window->length
         && (char)window->bytes[window->place + behind] == text[entry->shift + behind])
    behind++;
  return before + behind;
}

static gboolean
stands (const Window *window, const Digest *digest, const Entry *entry)
{
  char text[ASSAY_NEEDLE_LONGEST];
  gsize length = write_form (digest, entry->form, text);
  if (may_be_broken (entry->form))
    return count_part (window, entry, text, length) >= MIN (length, PART_LETTERS);
  if (entry->shift > window->place || length > window->length - (window->place - entry->shift))
    return FALSE;
  const char *there = (const char *)window->bytes + (window->place - entry->shift);
  return entry->form >= FORM_HEXADECIMAL ? g_ascii_strncasecmp (there, text, length) == 0
                                         : memcmp (there, text, length) == 0;
}

static void
look_up (const AssayNeedles *needles, const Window *window, guint64 word, AssayNeedleFound found, gpointer data)
{
  for (guint i = find_word (needles, word); i < needles->entries->len; i++)
    {
      const Entry *entry = &g_array_index (needles->entries, Entry, i);
      const Digest *digest = &g_array_index (needles->digests, Digest, entry->digest);
      if (entry->word != word)
        return;
      if (stands (window, digest, entry))
        found (digest->owner, digest->kind, data);
    }
}

static void
search (const AssayNeedles *needles, const guint8 *bytes, gsize length, AssayNeedleFound found, gpointer data)
{
  Window window = { bytes, length, 0 };
  for (; window.place + WORD_BYTES <= length; window.place += WORD_BYTES)
    {
      guint64 word = word_at (bytes + window.place);
      guint64 small = word | SMALL_LETTERS;
      if (may_be_known (needles, word))
        look_up (needles, &window, word, found, data);
      if (small != word && may_be_known (needles, small))
        look_up (needles, &window, small, found, data);
    }
}

void
assay_needles_search (AssayNeedles *needles, const guint8 *bytes, gsize length, AssayNeedleFound found, gpointer data)
{
  if (needles->filter == NULL)
    make_filter (needles);
  search (needles, bytes, length, found, data);
  g_autofree guint8 *digits = g_malloc (MAX (length, 1));
  search (needles, digits, assay_digits_squeeze (bytes, length, digits), found, data);
}
