/* Everything of Holdfast's public API. */
#ifndef HOLDFAST_H
#define HOLDFAST_H

#include <holdfast/call.h>
#include <holdfast/component.h>
#include <holdfast/engine.h>
#include <holdfast/fs.h>
#include <holdfast/func.h>
#include <holdfast/global.h>
#include <holdfast/instance.h>
#include <holdfast/linker.h>
#include <holdfast/loop.h>
#include <holdfast/memory.h>
#include <holdfast/module.h>
#include <holdfast/native.h>
#include <holdfast/ref.h>
#include <holdfast/store.h>
#include <holdfast/table.h>
#include <holdfast/tag.h>
#include <holdfast/task.h>
#include <holdfast/text.h>
#include <holdfast/wasi.h>
#include <holdfast/wast.h>

#endif
