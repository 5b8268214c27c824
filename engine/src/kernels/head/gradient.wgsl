      // In place: p becomes g (onehot(id) − p).
      let row = info[1];
      let token = i / row;
      let at = (i - token * row) * WIDTH;
      let id = u32(Ids[token]);
      let onehot = select(V(0.0), V(1.0), PICKED);
      Numbers[i] = Grad[token * COLUMNS] * (onehot - Numbers[i]);
