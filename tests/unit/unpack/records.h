#ifndef ASSAY_TEST_RECORDS_H
#define ASSAY_TEST_RECORDS_H

#include "archives.h"

/* Images of records, by hand. */

#define HEX_A ":0400100041424344E2\n"
#define HEX_B ":0400140045464748CE\n"
#define HEX_END ":00000001FF\n"
#define SREC_HEADER "S0050000486949\n"
#define SREC_A "S107001041424344DE\n"
#define SREC_END "S9030123D8\n"

/* All of a node's children, one behind the other. */
static inline GBytes *
join_children (const AssayNode *root)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  for (guint i = 0; i < root->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (root->children, i);
      guint start = all->len;
      g_byte_array_set_size (all, start + (guint)child->size);
      assert_true (assay_blob_read (child->blob, 0, all->data + start, child->size, NULL));
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&all));
}

enum
{
  UF2_FLAGS = 8,
  UF2_ADDRESS = 12,
  UF2_LENGTH = 16,
  UF2_NUMBER = 20,
  UF2_COUNT = 24,
  UF2_FAMILY = 28,
};

static inline void
put_number (guint8 *out, guint32 value)
{
  for (guint i = 0; i < 4; i++)
    out[i] = (guint8)(value >> (8 * i));
}

/* Blocks of 256 bytes from 0x10000000 on for the RP2040. */
static inline GByteArray *
make_uf2 (guint blocks)
{
  GByteArray *out = g_byte_array_new ();
  g_byte_array_set_size (out, 512 * blocks);
  memset (out->data, 0, out->len);
  for (guint i = 0; i < blocks; i++)
    {
      const guint32 numbers[] = { 0x0a324655, 0x9e5d5157, 0x2000, 0x10000000 + 256 * i, 256, i, blocks, 0xe48bff56 };
      guint8 *block = out->data + (gsize)512 * i;
      for (gsize j = 0; j < G_N_ELEMENTS (numbers); j++)
        put_number (block + 4 * j, numbers[j]);
      for (guint j = 0; j < 256; j++)
        block[32 + j] = (guint8)(3 * j + i);
      put_number (block + 508, 0x0ab16f30);
    }
  return out;
}

#endif
