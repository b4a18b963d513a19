#ifndef ASSAY_ACCOUNT_ENTRY_FACTS_H
#define ASSAY_ACCOUNT_ENTRY_FACTS_H

#include "unpack/node.h"

/** assay_node_has_entries: whether facts of a container's entries are called as POSIX calls them; in a device tree any
 * property may have any name. */
gboolean assay_node_has_entries (const AssayNode *container);

/** assay_fact_is_time: whether a fact says when and not what; a rule may explain these (T7), no others. */
gboolean assay_fact_is_time (const char *fact);

/** assay_fact_says_time: whether the value of such a fact is a time that a file can have, and nothing but that. */
gboolean assay_fact_says_time (const char *value);

/**
 * assay_entry_stays_as_it_is:
 * @entry: a file in a zip
 * @attributes: the internal ones, in decimal
 *
 * Whether unzip(1) of Info-ZIP makes that very file of it, with the rights that it has. Bit 0 says that it is a text,
 * of which `-a` brings the ends of lines to what the system has; with another bit it gives nobody any right to it.
 * FALSE where the content cannot be read.
 */
gboolean assay_entry_stays_as_it_is (const AssayNode *entry, const char *attributes);

/**
 * assay_fact_is_of_entry:
 * @entry: in a container
 *
 * Whether a fact belongs to the entry that contains a file and not to the file (T5): its name, mode, owner and times,
 * and how its container writes the entry down. An output of a recipe stands for a file and supplies none of these: they
 * are judged when the container is in scope, and left alone when only the file is.
 *
 * Everything else that an entry says changes what the file does, and is judged with the file: capabilities and other
 * extended attributes, the target of a link, a device's numbers, of a boot image type, operating system, architecture,
 * compression and addresses. So does a mode that gives whoever runs the file the rights of its owner or group, or lets
 * others than the owner write it.
 */
gboolean assay_fact_is_of_entry (const AssayNode *entry, const AssayFact *fact);

#endif
